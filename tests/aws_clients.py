"""boto3 clients that are made once per process."""

import functools

import boto3

cached_client = functools.cache(boto3.client)
"""Like `boto3.client`, which takes 0.1 s: longer than most tests.

moto mocks cached clients, too.
"""
