"""Papers of a commission: which there are, what they say, and handing out the same bytes again."""
