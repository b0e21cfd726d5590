"""HTTP client with rate limits, retries and a deadline; failures become the project's errors."""
