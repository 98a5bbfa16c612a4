"""The host's half of the schema: Saleor's names and shapes, as far as the journey selects them."""
