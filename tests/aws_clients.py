"""boto3 and moto, as fast as tests need them: what never changes is computed once per process."""

import functools
import os
import threading
from collections.abc import Callable
from io import BytesIO
from typing import Any

import boto3
from botocore.loaders import JSONFileLoader
from botocore.response import StreamingBody
from moto.core import models as moto_models
from moto.core.base_backend import BaseBackend
from moto.events.models import events_backends
from moto.s3.models import FakeKey, S3Backend, s3_backends
from moto.secretsmanager.models import FakeSecret, SecretsManagerBackend, secretsmanager_backends

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
    """Like `cached_client`, but objects, secrets and events reach moto directly.

    Signing, HTTP and parsing take most of the time of a call, and most calls of AWS are these.
    Other options, which moto gives to each client that its state machines create, change nothing
    here.
    """
    return _direct_client(service_name, region_name)


@functools.cache
def _direct_client(service_name: Any, region_name: str | None) -> Any:
    client = _client(service_name, region_name=region_name)
    if service_name in _OPERATIONS:
        client._make_api_call = _DirectCalls(client, _OPERATIONS[service_name])
    return client


class _AwsError(Exception):
    def __init__(self, status: int, code: str) -> None:
        super().__init__(code)
        self.status = status
        self.code = code


class _DirectCalls:
    """Calls moto for the operations that most tests need, and botocore for others."""

    def __init__(self, client: Any, operations: "_Operations") -> None:
        self._call: Call = client._make_api_call
        self._exceptions = client.exceptions
        self._operations = operations

    def __call__(self, operation: str, params: dict[str, Any]) -> Any:
        """Call an operation as botocore does; parameters that are not known are botocore's."""
        known, act = self._operations.get(operation, (frozenset[str](), None))
        try:
            result = act(params) if act and params.keys() <= known else None
        except _AwsError as error:
            # Those of another client may be of other classes.
            raise self._exceptions.from_code(error.code)(
                {
                    "Error": {"Code": error.code, "Message": error.code},
                    "ResponseMetadata": {"HTTPStatusCode": error.status},
                },
                operation,
            ) from None
        return self._call(operation, params) if result is None else result


def _s3() -> S3Backend:
    return s3_backends[ACCOUNT]["aws"]


def _create_bucket(call: dict[str, Any]) -> Any:
    name = call["Bucket"]
    if name in _s3().buckets:
        return None
    _s3().create_bucket(name, call["CreateBucketConfiguration"]["LocationConstraint"])
    return {"Location": f"/{name}"}


def _put_versioning(call: dict[str, Any]) -> Any:
    if call["Bucket"] not in _s3().buckets:
        return None
    _s3().put_bucket_versioning(call["Bucket"], call["VersioningConfiguration"]["Status"])
    return {}


def _read_object(call: dict[str, Any]) -> Any:
    if call["Bucket"] not in _s3().buckets:
        return None
    keys = _s3().buckets[call["Bucket"]].keys
    if "VersionId" in call:
        versions = {str(key.version_id): key for key in keys.getlist(call["Key"])}
        stored = versions.get(call["VersionId"])
    else:
        stored = keys.get(call["Key"])
    if not isinstance(stored, FakeKey):
        raise _AwsError(404, "NoSuchKey")
    body = stored.value
    return {
        "Body": StreamingBody(BytesIO(body), len(body)),
        "ETag": stored.etag,
        "VersionId": stored.version_id,
    }


def _write_object(call: dict[str, Any]) -> Any:
    if call["Bucket"] not in _s3().buckets:
        return None
    with _WRITING:  # S3 checks the condition and writes in one step.
        stored = _s3().buckets[call["Bucket"]].keys.get(call["Key"])
        exists = isinstance(stored, FakeKey)
        if "IfMatch" in call and not exists:
            raise _AwsError(404, "NoSuchKey")
        if exists and ("IfNoneMatch" in call or call.get("IfMatch", stored.etag) != stored.etag):
            raise _AwsError(412, "PreconditionFailed")
        written = _s3().put_object(call["Bucket"], call["Key"], call["Body"])
        written.set_metadata({"Content-Type": call.get("ContentType", "binary/octet-stream")})
    return {"ETag": written.etag, "VersionId": written.version_id}


def _list_objects(call: dict[str, Any]) -> Any:
    if call["Bucket"] not in _s3().buckets:
        return None
    prefix, keys = call.get("Prefix", ""), _s3().buckets[call["Bucket"]].keys
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


def _list_versions(call: dict[str, Any]) -> Any:
    if call["Bucket"] not in _s3().buckets:
        return None
    keys = _s3().buckets[call["Bucket"]].keys
    names = sorted(key for key in keys if key.startswith(call["Prefix"]))
    versions = [
        {"Key": name, "VersionId": version.version_id}
        for name in names
        for version in reversed(keys.getlist(name))
        if isinstance(version, FakeKey)
    ]
    return {"IsTruncated": False, "Versions": versions}


def _secrets() -> SecretsManagerBackend:
    return secretsmanager_backends[ACCOUNT][os.environ["AWS_DEFAULT_REGION"]]


def _create_secret(call: dict[str, Any]) -> Any:
    if call["Name"] in _secrets().secrets:
        return None
    _secrets().create_secret(
        name=call["Name"],
        secret_string=call["SecretString"],
        secret_binary=None,
        description="",
        tags=[],
        kms_key_id=None,
        client_request_token=None,
        replica_regions=[],
        force_overwrite=False,
    )
    return {"Name": call["Name"]}


def _read_secret(call: dict[str, Any]) -> Any:
    secret = _secrets().secrets.get(call["SecretId"])
    if secret is None:
        raise _AwsError(400, "ResourceNotFoundException")
    if secret.is_deleted():
        return None
    value = _secrets().get_secret_value(call["SecretId"], "", "")
    known = ("ARN", "Name", "VersionId", "VersionStages", "SecretString")
    return {name: value[name] for name in known} if "SecretString" in value else None


def _list_secrets(call: dict[str, Any]) -> Any:
    (name_filter,) = call["Filters"]
    (prefix,) = name_filter["Values"]
    secrets = [
        secret
        for secret in _secrets().secrets.values()
        if isinstance(secret, FakeSecret)
        and secret.name.startswith(prefix)
        and not secret.is_deleted()
    ]
    return {"SecretList": [{"ARN": secret.arn, "Name": secret.name} for secret in secrets]}


def _put_events(call: dict[str, Any]) -> Any:
    region = os.environ["AWS_DEFAULT_REGION"]
    entries = events_backends[ACCOUNT][region].put_events(call["Entries"])
    return {"FailedEntryCount": sum("ErrorCode" in entry for entry in entries), "Entries": entries}


_Operations = dict[str, tuple[frozenset[str], Callable[[dict[str, Any]], Any]]]
"""The known parameters of an operation, and what it does; None leaves the call to botocore."""

_OPERATIONS: dict[str, _Operations] = {
    "s3": {
        "CreateBucket": (frozenset({"Bucket", "CreateBucketConfiguration"}), _create_bucket),
        "PutBucketVersioning": (frozenset({"Bucket", "VersioningConfiguration"}), _put_versioning),
        "GetObject": (frozenset({"Bucket", "Key", "VersionId"}), _read_object),
        "PutObject": (
            frozenset({"Bucket", "Key", "Body", "ContentType", "ChecksumAlgorithm"} | _CONDITIONS),
            _write_object,
        ),
        "ListObjectsV2": (frozenset({"Bucket", "Prefix", "Delimiter"}), _list_objects),
        "ListObjectVersions": (frozenset({"Bucket", "Prefix"}), _list_versions),
    },
    "secretsmanager": {
        "CreateSecret": (frozenset({"Name", "SecretString"}), _create_secret),
        "GetSecretValue": (frozenset({"SecretId"}), _read_secret),
        "ListSecrets": (frozenset({"Filters"}), _list_secrets),
    },
    "events": {"PutEvents": (frozenset({"Entries"}), _put_events)},
}


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
# boto3 is mocked without them: a thousand patterns of URLs for the library requests.
moto_models.RESPONSES_METHODS.clear()
