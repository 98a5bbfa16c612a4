"""Everything about one piece in one ZIP."""
