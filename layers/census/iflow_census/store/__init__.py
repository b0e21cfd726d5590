"""Where documents and work state live: S3, or a folder."""
