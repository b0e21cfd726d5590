"""boto3 and moto, as fast as tests need them: what never changes is computed once per process."""

import functools
import threading
from collections.abc import Callable
from io import BytesIO
from typing import Any

import boto3
from botocore.exceptions import ClientError
from botocore.loaders import JSONFileLoader
from botocore.response import StreamingBody
from moto.core.base_backend import BaseBackend
from moto.s3.models import FakeKey, S3Backend, s3_backends

ACCOUNT = "123456789012"
"""moto's own."""

_CONDITIONS = {"IfMatch", "IfNoneMatch"}
_WRITING = threading.Lock()

Call = Callable[[str, dict[str, Any]], Any]
"""What botocore calls for each operation: its name and parameters."""

_client: Callable[..., Any] = boto3.client
"""The original: tests patch `boto3.client`."""


@functools.cache
def cached_client(service_name: Any, **options: Any) -> Any:
    """Like `boto3.client`, which takes 0.1 s: longer than most tests. moto mocks it, too."""
    return _client(service_name, **options)


def direct_client(service_name: Any, region_name: str | None = None, **_: object) -> Any:
    """Like `cached_client`, but objects of S3 are read and written in moto's bucket directly.

    Signing, HTTP and parsing take most of the time of a call, and most calls of AWS are these.
    Other options, which moto gives to each client that its state machines create, change nothing
    here.
    """
    return _direct_client(service_name, region_name)


@functools.cache
def _direct_client(service_name: Any, region_name: str | None) -> Any:
    client = _client(service_name, region_name=region_name)
    if service_name == "s3":
        client._make_api_call = _DirectS3(client._make_api_call)
    return client


class _DirectS3:
    """Calls moto's bucket for the operations of the product's store, and botocore for others."""

    def __init__(self, call: Call) -> None:
        self._call = call

    def __call__(self, operation: str, params: dict[str, Any]) -> Any:
        """Call an operation as botocore does; parameters that are not known are botocore's."""
        known, act = _OPERATIONS.get(operation, (frozenset[str](), None))
        if act and params.keys() <= known and params["Bucket"] in _backend().buckets:
            return act(params)
        return self._call(operation, params)


def _backend() -> S3Backend:
    return s3_backends[ACCOUNT]["aws"]


def _read_object(call: dict[str, Any]) -> Any:
    keys = _backend().buckets[call["Bucket"]].keys
    if "VersionId" in call:
        versions = {str(key.version_id): key for key in keys.getlist(call["Key"])}
        stored = versions.get(call["VersionId"])
    else:
        stored = keys.get(call["Key"])
    if not isinstance(stored, FakeKey):
        raise _error(404, "NoSuchKey", "GetObject")
    body = stored.value
    return {
        "Body": StreamingBody(BytesIO(body), len(body)),
        "ETag": stored.etag,
        "VersionId": stored.version_id,
    }


def _write_object(call: dict[str, Any]) -> Any:
    backend = _backend()
    with _WRITING:  # S3 checks the condition and writes in one step.
        stored = backend.buckets[call["Bucket"]].keys.get(call["Key"])
        exists = isinstance(stored, FakeKey)
        if "IfMatch" in call and not exists:
            raise _error(404, "NoSuchKey", "PutObject")
        if exists and ("IfNoneMatch" in call or call.get("IfMatch", stored.etag) != stored.etag):
            raise _error(412, "PreconditionFailed", "PutObject")
        written = backend.put_object(call["Bucket"], call["Key"], call["Body"])
        written.set_metadata({"Content-Type": call.get("ContentType", "binary/octet-stream")})
    return {"ETag": written.etag, "VersionId": written.version_id}


def _list_objects(call: dict[str, Any]) -> Any:
    prefix, keys = call.get("Prefix", ""), _backend().buckets[call["Bucket"]].keys
    contents, folders = [], set()
    for key in sorted(key for key in keys if key.startswith(prefix)):
        if not isinstance(keys.get(key), FakeKey):
            continue  # A delete marker.
        folder, delimiter, _ = key.removeprefix(prefix).partition(call.get("Delimiter", "\0"))
        if delimiter:
            folders.add(f"{prefix}{folder}{delimiter}")
        else:
            contents.append({"Key": key})
    return {
        "IsTruncated": False,
        "Contents": contents,
        "CommonPrefixes": [{"Prefix": folder} for folder in sorted(folders)],
    }


_OPERATIONS: dict[str, tuple[frozenset[str], Callable[[dict[str, Any]], Any]]] = {
    "GetObject": (frozenset({"Bucket", "Key", "VersionId"}), _read_object),
    "PutObject": (
        frozenset({"Bucket", "Key", "Body", "ContentType", "ChecksumAlgorithm"} | _CONDITIONS),
        _write_object,
    ),
    "ListObjectsV2": (frozenset({"Bucket", "Prefix", "Delimiter"}), _list_objects),
}


def _error(status: int, code: str, operation: str) -> ClientError:
    kind = cached_client("s3").exceptions.from_code(code)
    metadata = {"HTTPStatusCode": status}
    error: ClientError = kind(
        {"Error": {"Code": code, "Message": code}, "ResponseMetadata": metadata}, operation
    )
    return error


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
