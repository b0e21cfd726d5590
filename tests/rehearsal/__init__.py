"""The whole thing at once: what a newcomer sees, and what is measured."""
