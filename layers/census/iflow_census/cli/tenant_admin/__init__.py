"""The commands on one tenant: `api` for any request, and commands for everyday tasks."""
