"""The domain: the content of a tenant, its messages, and what they mean."""
