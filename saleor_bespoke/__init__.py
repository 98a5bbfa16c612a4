"""Bespoke jewellery commissions, paid in full, for a Saleor shop."""

__version__ = "0.1.0"
