"""Parse and validate the body of a write against the definition of its operation.

SAP does not document its response to unknown properties. They are rejected with 400, like missing
properties and wrong types, so that misspelled names are noticed.
"""

from __future__ import annotations

import base64
import binascii
import json
import re
from collections.abc import Callable, Mapping
from typing import Any

from tests.simulators.cloud_integration.errors import ODataError
from tests.simulators.cloud_integration.operations import Operation, Parameter
from tests.simulators.http_server import Request

_DATE = re.compile(r"/Date\((-?\d+)\)/\Z")
_NUMBER = re.compile(r"-?\d+\Z")


def parse_body(operation: Operation, request: Request) -> dict[str, Any]:
    """Return the properties: dates as ms, Int64 as int, Binary as bytes; raises ``ODataError``.

    Operations without a body ignore it, as servers do.
    """
    if operation.media is not None:
        _check_type(request, operation.media)
        return {"": _decode_der(request.body)}
    if operation.body is None:
        return {}
    _check_type(request, "application/json")
    try:
        content = json.loads(request.body)
    except ValueError:
        raise _malformed() from None
    if not isinstance(content, dict):
        raise _malformed()
    return _parse_properties(operation.body, content)


def _check_type(request: Request, expected: str) -> None:
    content_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if content_type != expected:
        raise ODataError(415, f"Content-Type '{content_type}' is not supported, only '{expected}'.")


def _malformed() -> ODataError:
    return ODataError(400, "An exception of type 'MalformedJsonException' occurred.")


def _decode_der(body: bytes) -> bytes:
    """Return DER, decoded from base64 if necessary."""
    try:
        return base64.b64decode(body.strip(), validate=True)
    except binascii.Error:
        return body


def _parse_properties(
    expected: tuple[Parameter, ...], content: Mapping[str, Any]
) -> dict[str, Any]:
    known = {item.name: item for item in expected}
    values = {}
    for name, value in content.items():
        if name == "__metadata":
            continue
        if name not in known:
            raise ODataError(400, f"Property '{name}' is not known.")
        values[name] = None if value is None else _parse_value(known[name], value)
    for item in expected:
        # Status may be null: renaming a keystore entry requires {"Status": null}.
        if item.required and (
            item.name not in values or (values[item.name] is None and item.name != "Status")
        ):
            raise ODataError(400, f"Property '{item.name}' must not be null.")
    return values


def _parse_value(item: Parameter, value: Any) -> Any:
    parse, types = _PARSERS[item.type]
    if not isinstance(value, types) or (isinstance(value, bool) and bool not in types):
        raise _type_error(item)
    try:
        return parse(value)
    except ValueError:
        raise _type_error(item) from None


def _type_error(item: Parameter) -> ODataError:
    return ODataError(400, f"Property '{item.name}' must be {item.type}.")


def _parse_int(value: str | int) -> int:
    if isinstance(value, str) and _NUMBER.match(value) is None:
        raise ValueError(value)
    return int(value)


def _parse_date(value: str) -> int:
    match = _DATE.match(value)
    if match is None:
        raise ValueError(value)
    return int(match[1])


def _parse_binary(value: str) -> bytes:
    return base64.b64decode(value, validate=True)


def _unchanged(value: Any) -> Any:
    return value


_PARSERS: Mapping[str, tuple[Callable[[Any], Any], tuple[type, ...]]] = {
    "Edm.String": (_unchanged, (str,)),
    "Edm.Boolean": (_unchanged, (bool,)),
    "Edm.Int32": (_unchanged, (int,)),
    "Edm.Int64": (_parse_int, (str, int)),
    "Edm.DateTime": (_parse_date, (str,)),
    "Edm.Binary": (_parse_binary, (str,)),
    "Edm.List": (_unchanged, (list,)),
    "Edm.Complex": (_unchanged, (dict, list)),
}
