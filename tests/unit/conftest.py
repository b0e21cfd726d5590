"""Hypothesis profiles of the unit tests: no deadlines, since a busy machine would miss them."""

from hypothesis import settings

settings.register_profile("unit", deadline=None)
settings.register_profile("quick", deadline=None, max_examples=20)
# The command line's `--hypothesis-profile`, as in `make quick`, takes precedence.
settings.load_profile("unit")
