"""Parsing the arguments of `iflow-census api` into a request."""

import base64
import json
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path
from typing import Any, Literal, Self

from iflow_census.cli.files import reading
from iflow_census.cloud_integration import odata
from iflow_census.cloud_integration.api import Api, ApiResult
from iflow_census.cloud_integration.path_parser import parse_path
from iflow_census.errors import ConfigurationError

_STDIN = "-"


class Method(StrEnum):
    """The supported HTTP methods."""

    GET = "GET"
    POST = "POST"
    PUT = "PUT"
    PATCH = "PATCH"
    DELETE = "DELETE"


@dataclass(frozen=True, slots=True)
class RequestBody:
    """The properties of an entity, or the content of a stream with its media type."""

    entity: Mapping[str, Any]
    content: bytes | None = None
    content_type: str = ""

    def describe(self) -> str:
        """Return a description without values; empty if there is no body."""
        if self.content is not None:
            return f"{self.content_type}, {len(self.content)} bytes"
        return ", ".join(self.entity)


@dataclass(frozen=True, slots=True)
class ApiRequest:
    """A request from the command line.

    Attributes:
        path: relative to `/api/v1/`, encoded.
        query: query options, not encoded; for a function import, its parameters.
        is_function: the path is the name of a function import.
    """

    method: Method
    path: str
    query: Mapping[str, str]
    body: RequestBody
    is_function: bool = False

    def url(self, api: Api) -> str:
        """Return the URL, without credentials."""
        return api.url(self.path, self.query)

    def as_function_call(
        self, parse_parameters: Callable[[Mapping[str, str]], Mapping[str, odata.Scalar]]
    ) -> Self:
        """Return the request as a call of a function import.

        Raises:
            ConfigurationError: the request has a body or invalid parameters.
        """
        if self.body.describe():
            raise ConfigurationError(
                f"{self.path} is a function import; use only --param, without a body"
            )
        texts = {name: _unquote(value) for name, value in self.query.items()}
        query = odata.encode_parameters(parse_parameters(texts))
        return replace(self, query=query, is_function=True)

    def send(self, api: Api) -> ApiResult:
        """Send the request; of a list, only the first page is read. Raises as `Api` does."""
        if self.method is Method.GET or self.is_function:
            literals = {name: odata.Unquoted(value) for name, value in self.query.items()}
            method: Literal["GET", "POST"] = "GET" if self.method is Method.GET else "POST"
            return api.call(self.path, literals, method=method)
        if self.method is Method.DELETE:
            return api.delete(self.path, query=self.query)
        if self.body.content is not None:
            return api.put_content(
                self.path, self.body.content, self.body.content_type, query=self.query
            )
        if self.method is Method.POST:
            return api.create(self.path, self.body.entity, query=self.query)
        verb: Literal["PUT", "PATCH"] = "PUT" if self.method is Method.PUT else "PATCH"
        return api.update(self.path, self.body.entity, method=verb, query=self.query)


def parse_request(
    method: str, path: str, query: Mapping[str, str], body: RequestBody
) -> ApiRequest:
    """Build a request from the command line.

    The path is one that `parse_path` accepts; the query is added to the options in it.

    Raises:
        ConfigurationError: the method or the path is invalid, or the method takes no body.
    """
    if not path:
        raise ConfigurationError(
            "TENANT, METHOD and PATH are required, for example: prod GET ServiceEndpoints"
        )
    try:
        verb = Method(method.upper())
    except ValueError:
        raise ConfigurationError(
            f"unknown method {method!r}; use one of {', '.join(Method)}"
        ) from None
    encoded_path, path_query = parse_path(path)
    if verb in (Method.GET, Method.DELETE) and body.describe():
        raise ConfigurationError(f"{verb} takes no body; pass query options with --param")
    if body.content is not None and verb is not Method.PUT:
        raise ConfigurationError("--content-type requires PUT: a stream can only be replaced")
    return ApiRequest(verb, encoded_path, {**path_query, **query}, body)


def parse_query(params: Sequence[str], shortcuts: Mapping[str, str | None]) -> dict[str, str]:
    """Parse query options.

    `params` are texts of the form `name=value`, and `shortcuts` the query options that have a
    command-line option of their own; None if it is not set.
    """
    pairs = dict(_parse_pair(text, "--param") for text in params)
    return pairs | {name: value for name, value in shortcuts.items() if value is not None}


def parse_body(
    fields: Sequence[str], typed_fields: Sequence[str], file: str | None, content_type: str | None
) -> RequestBody:
    """Build the body of a write.

    Args:
        fields: texts of the form `name=value`; the value is a string.
        typed_fields: texts of the form `name=value`; the value is a number, true, false, null or
            other JSON, `@FILE` (the content of the file in base64), or else a string.
        file: a file with a JSON object, to which the fields are added; "-" for standard input.
        content_type: the file is content of this media type instead of JSON.

    Raises:
        ConfigurationError: a field has no `=`, or the file cannot be read or is not JSON.
    """
    content = b"" if file is None else _read(file)
    if content_type is not None:
        if file is None or fields or typed_fields:
            raise ConfigurationError("--content-type requires --input and allows no fields")
        return RequestBody({}, content, content_type)
    entity = {} if file is None else _parse_json_object(content, file)
    entity |= dict(_parse_pair(text, "--field") for text in fields)
    for name, value in (_parse_pair(text, "--typed-field") for text in typed_fields):
        entity[name] = _parse_typed_value(value)
    return RequestBody(entity)


def _parse_pair(text: str, option: str) -> tuple[str, str]:
    name, separator, value = text.partition("=")
    if not (name.strip() and separator):
        raise ConfigurationError(f"{option} {text!r}: not of the form name=value")
    return name.strip(), value


def _parse_typed_value(text: str) -> Any:
    if text.startswith("@"):
        return base64.b64encode(_read(text[1:])).decode()
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return text


def _unquote(text: str) -> str:
    """Return the value of a string literal; a value without quotes is returned unchanged."""
    inner = text[1:-1]
    quoted = len(text) > 1 and text[0] == text[-1] == "'" and "'" not in inner.replace("''", "")
    return inner.replace("''", "'") if quoted else text


def _parse_json_object(content: bytes, file: str) -> dict[str, Any]:
    try:
        value = json.loads(content)
    except (ValueError, RecursionError):
        value = None
    if not isinstance(value, dict):
        source = "standard input" if file == _STDIN else file
        raise ConfigurationError(
            f"{source}: not a JSON object; to send a stream, add its media type with --content-type"
        )
    return value


def _read(file: str) -> bytes:
    if file == _STDIN:
        return sys.stdin.buffer.read()
    path = Path(file)
    with reading(path):
        return path.read_bytes()
