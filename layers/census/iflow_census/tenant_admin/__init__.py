"""Use cases on one tenant: deployment, content, logs, stores and security. Nothing is printed."""
