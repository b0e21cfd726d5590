"""Tests of the simulators, on which other tests rely."""
