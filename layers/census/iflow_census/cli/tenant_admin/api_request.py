"""A request as a person types it for `iflow-census api`, made ready to be sent."""

import base64
import json
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path
from typing import Any, Literal, Self

from iflow_census.cloud_integration import odata
from iflow_census.cloud_integration.api import Api, ApiResult
from iflow_census.cloud_integration.path_parser import parse_path
from iflow_census.errors import ConfigurationError

STANDARD_INPUT = "-"


class Method(StrEnum):
    """What HTTP can do with an entity."""

    GET = "GET"
    POST = "POST"
    PUT = "PUT"
    PATCH = "PATCH"
    DELETE = "DELETE"


@dataclass(frozen=True, slots=True)
class Body:
    """What is sent: properties of an entity, or the content of a stream with its media type."""

    entity: Mapping[str, Any]
    content: bytes | None = None
    content_type: str = ""

    def said(self) -> str:
        """What a person sees of it."""
        if self.content is not None:
            return f"{self.content_type}, {len(self.content)} bytes"
        return ", ".join(self.entity)


@dataclass(frozen=True, slots=True)
class TypedRequest:
    """A request.

    Attributes:
        method: what to do.
        path: below `/api/v1/`, encoded.
        query: query options, not encoded; of a function import, its parameters.
        body: of a write.
        is_function: the path is that of a function import.
    """

    method: Method
    path: str
    query: Mapping[str, str]
    body: Body
    is_function: bool = False

    def url(self, api: Api) -> str:
        """The address; it holds no credentials."""
        return api.url(self.path, self.query)

    def as_call(self, arguments: Callable[[Mapping[str, str]], Mapping[str, odata.Scalar]]) -> Self:
        """The same as a call of a function import.

        Args:
            arguments: makes its parameters of texts.

        Raises:
            ConfigurationError: it has a body, which no function import takes, or other parameters.
        """
        if self.body.said():
            raise ConfigurationError(f"{self.path} is a function import: it takes --param alone")
        texts = {name: _unquoted(value) for name, value in self.query.items()}
        return replace(self, query=odata.encode_parameters(arguments(texts)), is_function=True)

    def send(self, api: Api) -> ApiResult:
        """Send it; of a list, only the first page is read. Raises as the verbs of `Api` do."""
        if self.method is Method.GET or self.is_function:
            bare = {name: odata.Unquoted(value) for name, value in self.query.items()}
            method: Literal["GET", "POST"] = "GET" if self.method is Method.GET else "POST"
            return api.call(self.path, bare, method=method)
        if self.method is Method.DELETE:
            return api.delete(self.path, query=self.query)
        if self.body.content is not None:
            kind = self.body.content_type
            return api.put_content(self.path, self.body.content, kind, query=self.query)
        if self.method is Method.POST:
            return api.create(self.path, self.body.entity, query=self.query)
        verb: Literal["PUT", "PATCH"] = "PUT" if self.method is Method.PUT else "PATCH"
        return api.update(self.path, self.body.entity, method=verb, query=self.query)


def request(method: str, path: str, given: Mapping[str, str], body: Body) -> TypedRequest:
    """Make a request of what was typed.

    Args:
        method: in any case.
        path: as `typed_path` takes it.
        given: query options beside those in the path.
        body: what to send.

    Raises:
        ConfigurationError: there is no such method, the path is none, or the method has no body.
    """
    if not path:
        raise ConfigurationError("TENANT METHOD PATH are needed, as in: prod GET ServiceEndpoints")
    try:
        verb = Method(method.upper())
    except ValueError:
        raise ConfigurationError(f"{method!r} is none of {', '.join(Method)}") from None
    target, typed = parse_path(path)
    if verb in (Method.GET, Method.DELETE) and body.said():
        raise ConfigurationError(f"{verb} sends no properties; query options are --param")
    if body.content is not None and verb is not Method.PUT:
        raise ConfigurationError("--content-type goes with PUT: a stream is only replaced")
    return TypedRequest(verb, target, {**typed, **given}, body)


def options(given: Sequence[str], shortcuts: Mapping[str, str | None]) -> dict[str, str]:
    """Query options.

    Args:
        given: each `name=value`.
        shortcuts: those with an option of their own, by name; None where it was not used.
    """
    pairs = dict(_pair(one, "--param") for one in given)
    return pairs | {name: value for name, value in shortcuts.items() if value is not None}


def body(
    texts: Sequence[str], typed: Sequence[str], file: str | None, content_type: str | None
) -> Body:
    """What to send.

    Args:
        texts: each `name=value`, the value being text.
        typed: each `name=value`: number, true, false, null or other JSON; `@FILE` is the file's
            content in base64, as OData carries it; anything else is text.
        file: a JSON object, to which the others are added; "-" is standard input.
        content_type: the file is no JSON but a stream of this media type.

    Raises:
        ConfigurationError: a field is no `name=value`, a file cannot be read or is no JSON object.
    """
    content = b"" if file is None else _read(file)
    if content_type is not None:
        if file is None or texts or typed:
            raise ConfigurationError("--content-type goes with --input alone: the stream to send")
        return Body({}, content, content_type)
    entity = {} if file is None else _object(content, file)
    entity |= dict(_pair(one, "--field") for one in texts)
    entity |= {name: _typed(value) for name, value in (_pair(one, "-F") for one in typed)}
    return Body(entity)


def _pair(text: str, option: str) -> tuple[str, str]:
    name, separator, value = text.partition("=")
    if not (name.strip() and separator):
        raise ConfigurationError(f"{option} {text!r} is not name=value")
    return name.strip(), value


def _typed(text: str) -> Any:
    if text.startswith("@"):
        return base64.b64encode(_read(text[1:])).decode()
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return text


def _unquoted(text: str) -> str:
    """A literal's text: in a path, people write the quotes."""
    inner = text[1:-1]
    quoted = len(text) > 1 and text[0] == text[-1] == "'" and "'" not in inner.replace("''", "")
    return inner.replace("''", "'") if quoted else text


def _object(content: bytes, file: str) -> dict[str, Any]:
    try:
        found = json.loads(content)
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, dict):
        raise ConfigurationError(
            f"{_called(file)} is no JSON object; name the media type of a stream by --content-type"
        )
    return found


def _read(file: str) -> bytes:
    if file == STANDARD_INPUT:
        return sys.stdin.buffer.read()
    try:
        return Path(file).read_bytes()
    except OSError as error:
        raise ConfigurationError(f"{file} cannot be read: {error.strerror}") from None


def _called(file: str) -> str:
    return "standard input" if file == STANDARD_INPUT else file
