"""The commands on one tenant: its API as it is, and the daily work over it."""
