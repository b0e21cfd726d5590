"""File stores, and the files that the census keeps in them."""
