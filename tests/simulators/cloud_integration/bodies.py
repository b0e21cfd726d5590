"""The body of a write, read as strictly as its operation's row says.

SAP does not say how it answers an unknown property; like a missing or ill-typed one it is refused
with 400 here, so that a misspelt name is seen.
"""

from __future__ import annotations

import base64
import binascii
import json
import re
from collections.abc import Callable, Mapping
from typing import Any

from tests.simulators.cloud_integration.operations import Operation, Parameter
from tests.simulators.cloud_integration.refusals import RefusedError
from tests.simulators.http_server import Request

_DATE = re.compile(r"/Date\((-?\d+)\)/\Z")
_NUMBER = re.compile(r"-?\d+\Z")


def read_body(operation: Operation, request: Request) -> dict[str, Any]:
    """Return the properties: dates as ms, Int64 as int, Binary as bytes; raises ``RefusedError``.

    An operation without a body ignores one, as servers do.
    """
    if operation.media is not None:
        _check_type(request, operation.media)
        return {"": _raw(request.body)}
    if operation.body is None:
        return {}
    _check_type(request, "application/json")
    try:
        content = json.loads(request.body)
    except ValueError:
        raise _malformed() from None
    if not isinstance(content, dict):
        raise _malformed()
    return _properties(operation.body, content)


def _check_type(request: Request, wanted: str) -> None:
    given = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if given != wanted:
        raise RefusedError(415, f"Content-Type '{given}' is not supported, '{wanted}' is.")


def _malformed() -> RefusedError:
    return RefusedError(400, "An exception of type 'MalformedJsonException' occurred.")


def _raw(body: bytes) -> bytes:
    """Return DER, also from its base64 form."""
    try:
        return base64.b64decode(body.strip(), validate=True)
    except binascii.Error:
        return body


def _properties(wanted: tuple[Parameter, ...], given: Mapping[str, Any]) -> dict[str, Any]:
    known = {item.name: item for item in wanted}
    values = {}
    for name, value in given.items():
        if name == "__metadata":
            continue
        if name not in known:
            raise RefusedError(400, f"Property '{name}' is not known.")
        values[name] = None if value is None else _value(known[name], value)
    for item in wanted:
        # Status stands for itself: renaming a keystore entry asks for {"Status": null}.
        if item.required and (
            item.name not in values or (values[item.name] is None and item.name != "Status")
        ):
            raise RefusedError(400, f"Property '{item.name}' must not be null.")
    return values


def _value(item: Parameter, value: Any) -> Any:
    reader, wanted = _READERS[item.type]
    if not isinstance(value, wanted) or (isinstance(value, bool) and bool not in wanted):
        raise _ill_typed(item)
    try:
        return reader(value)
    except ValueError:
        raise _ill_typed(item) from None


def _ill_typed(item: Parameter) -> RefusedError:
    return RefusedError(400, f"Property '{item.name}' must be {item.type}.")


def _long(value: str | int) -> int:
    if isinstance(value, str) and _NUMBER.match(value) is None:
        raise ValueError(value)
    return int(value)


def _moment(value: str) -> int:
    match = _DATE.match(value)
    if match is None:
        raise ValueError(value)
    return int(match[1])


def _binary(value: str) -> bytes:
    return base64.b64decode(value, validate=True)


def _same(value: Any) -> Any:
    return value


_READERS: Mapping[str, tuple[Callable[[Any], Any], tuple[type, ...]]] = {
    "Edm.String": (_same, (str,)),
    "Edm.Boolean": (_same, (bool,)),
    "Edm.Int32": (_same, (int,)),
    "Edm.Int64": (_long, (str, int)),
    "Edm.DateTime": (_moment, (str,)),
    "Edm.Binary": (_binary, (str,)),
    "Edm.List": (_same, (list,)),
    "Edm.Complex": (_same, (dict, list)),
}
