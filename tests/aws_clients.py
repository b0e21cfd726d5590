"""boto3 and moto, as fast as tests need them: what never changes is computed once per process."""

import functools
import threading
from collections.abc import Callable
from io import BytesIO
from typing import Any

import boto3
from botocore.awsrequest import AWSResponse
from botocore.compat import HTTPHeaders
from botocore.loaders import JSONFileLoader
from botocore.response import StreamingBody
from moto.core.base_backend import BaseBackend
from moto.s3.models import FakeKey, s3_backends

ACCOUNT = "123456789012"
"""moto's own."""

_WRITE_OPTIONS = {
    "Bucket",
    "Key",
    "Body",
    "ContentType",
    "ChecksumAlgorithm",
    "IfMatch",
    "IfNoneMatch",
}
_WRITING = threading.Lock()

_client: Callable[..., Any] = boto3.client
"""The original: tests patch `boto3.client`."""


@functools.cache
def cached_client(service_name: Any, **options: Any) -> Any:
    """Like `boto3.client`, which takes 0.1 s: longer than most tests.

    moto mocks cached clients, too. Objects of S3 are read and written in moto's bucket directly:
    signing, HTTP and parsing take most of the time of a call, and most calls of AWS are these.
    """
    client = _client(service_name, **options)
    if service_name == "s3":
        client.meta.events.register("before-call.s3.GetObject", _read_object)
        client.meta.events.register("before-call.s3.PutObject", write_object)
    return client


def _read_object(
    params: dict[str, Any], context: dict[str, Any], **_: object
) -> tuple[AWSResponse, dict[str, Any]] | None:
    """Read an object; None: moto's server side decides, as on an error or an unusual request."""
    call = context["input_params"]
    buckets = s3_backends[ACCOUNT]["aws"].buckets
    if call["Bucket"] not in buckets or params["query_string"] or "Range" in params["headers"]:
        return None
    stored = buckets[call["Bucket"]].keys.get(call["Key"])
    if not isinstance(stored, FakeKey):
        return _response(404, params), {"Error": {"Code": "NoSuchKey"}}
    body = stored.value
    return _response(200, params), {
        "Body": StreamingBody(BytesIO(body), len(body)),
        "ETag": stored.etag,
        "VersionId": stored.version_id,
    }


def write_object(
    params: dict[str, Any], context: dict[str, Any], **_: object
) -> tuple[AWSResponse, dict[str, Any]] | None:
    """Write an object, as a handler of botocore's event; None: moto's server side decides."""
    call = context["input_params"]
    backend = s3_backends[ACCOUNT]["aws"]
    if (
        call["Bucket"] not in backend.buckets
        or not call.keys() <= _WRITE_OPTIONS
        or not isinstance(call.get("Body"), bytes)
    ):
        return None
    with _WRITING:  # S3 checks the condition and writes in one step.
        stored = backend.buckets[call["Bucket"]].keys.get(call["Key"])
        exists = isinstance(stored, FakeKey)
        if "IfMatch" in call and not exists:
            return _response(404, params), {"Error": {"Code": "NoSuchKey"}}
        if (exists and call.get("IfNoneMatch") == "*") or (
            exists and call.get("IfMatch", stored.etag) != stored.etag
        ):
            return _response(412, params), {"Error": {"Code": "PreconditionFailed"}}
        written = backend.put_object(call["Bucket"], call["Key"], call["Body"])
        written.set_metadata({"Content-Type": call.get("ContentType", "binary/octet-stream")})
    return _response(200, params), {"ETag": written.etag, "VersionId": written.version_id}


def _response(status: int, params: dict[str, Any]) -> AWSResponse:
    return AWSResponse(params["url"], status, HTTPHeaders(), None)


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
