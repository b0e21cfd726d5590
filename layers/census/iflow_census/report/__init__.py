"""One report object, many documents; each is rendered by a pure function."""
