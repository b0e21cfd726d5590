"""The domain: what a tenant holds, what its messages say, and what follows from both."""
