"""boto3 and moto, as fast as tests need them: what never changes is computed once per process."""

import functools

import boto3
from botocore.loaders import JSONFileLoader
from moto.core.base_backend import BaseBackend

cached_client = functools.cache(boto3.client)
"""Like `boto3.client`, which takes 0.1 s: longer than most tests.

moto mocks cached clients, too.
"""


def _parse_once() -> None:
    """Keep botocore's service descriptions, which each new client parses again."""
    load_file = JSONFileLoader.load_file
    loaded: dict[str, object] = {}

    def load_once(self: JSONFileLoader, file_path: str) -> object:
        if file_path not in loaded:
            loaded[file_path] = load_file(self, file_path)
        return loaded[file_path]

    JSONFileLoader.load_file = load_once  # type: ignore[method-assign]


def _match_once() -> None:
    """Keep moto's URL patterns; the backend of S3 imports their module again at every request."""
    urls = functools.cached_property(BaseBackend.urls.fget)  # type: ignore[attr-defined]
    urls.__set_name__(BaseBackend, "urls")
    BaseBackend.urls = urls  # type: ignore[method-assign,assignment]


_parse_once()
_match_once()
