"""Saleor 3.21-3.24 as the product sees it. The only place beside the plugin that imports Saleor."""
