"""AWS adapters: Secrets Manager, SNS, S3, and one table of AWS errors."""
