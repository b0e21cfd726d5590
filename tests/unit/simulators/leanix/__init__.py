"""The simulated LeanIX workspace, tested itself."""
