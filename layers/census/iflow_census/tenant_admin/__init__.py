"""The daily work on a tenant: deployment, content, logs, security; no printing, no arguments."""
