"""For the unit tests: properties are tested without a look at the watch."""

from hypothesis import settings

settings.register_profile("unit", deadline=None)
settings.load_profile("unit")
