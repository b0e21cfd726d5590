"""LeanIX."""
