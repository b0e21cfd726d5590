"""One census, many documents; each is made by a pure function."""
