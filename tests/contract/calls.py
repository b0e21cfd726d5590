"""Call any operation of the table through `Api`."""

import re
from pathlib import Path
from typing import Any, Literal, cast

from iflow_census.cloud_integration import odata
from iflow_census.cloud_integration.api import Api
from tests.simulators.cloud_integration.examples import Example
from tests.simulators.cloud_integration.operations import Operation, Parameter

_SEGMENT = re.compile(r"([$\w]+)(?:\((.*)\))?\Z")
_PREDICATE = re.compile(r"(?:(\w+)=)?('?)(?:\{([^}]+)\}|([^',]*))\2")


def call(api: Api, operation: Operation, example: Example, folder: Path) -> object:
    """Call an operation with the method of `Api` that supports it, and return the result."""
    path = path_of(operation, example)
    query = {name: _query_value(value) for name, value in example.parameters.items()}
    if operation.is_function:
        return api.call(operation.set, _function_parameters(operation, example))
    if operation.method == "GET":
        return _read(api, operation, path, query, folder)
    if operation.method == "POST":
        return api.create(path, _entity(example), query=query)
    if operation.method == "DELETE":
        return api.delete(path, query=query)
    if operation.media is not None:
        assert isinstance(example.body, bytes)
        return api.put_content(path, example.body, operation.media, query=query)
    method = cast(Literal["PUT", "PATCH"], operation.method)
    return api.update(path, _entity(example), method=method, query=query)


def _read(api: Api, operation: Operation, path: str, query: dict[str, str], folder: Path) -> object:
    match operation.result:
        case "list":
            return list(api.read_all(path, query=query))
        case "number" if path.endswith("/$count"):
            return api.count(path.removesuffix("/$count"), query=query)
        case "number":
            return int(api.read_value(path, query=query))
        case "text":
            return api.read_value(path, query=query)
        case "media":
            return api.download(path, folder / "content", query=query)
    return api.read(path, query=query)


def path_of(operation: Operation, example: Example) -> str:
    """Return the path of an operation, with keys encoded by `odata`."""
    key_parameters = {parameter.name: parameter for parameter in operation.keys}
    segments = []
    for segment in operation.path.split("/"):
        match = _SEGMENT.match(segment)
        assert match, segment
        name, predicate = match.groups()
        if predicate is None:
            segments.append(name)
            continue
        values = {
            key: _key_value(key_parameters[placeholder], example) if placeholder else constant
            for key, _, placeholder, constant in _PREDICATE.findall(predicate)
            if placeholder or constant
        }
        key = values[""] if set(values) == {""} else values
        segments.append(odata.entity_path(name, key))
    return "/".join(segments)


def _key_value(parameter: Parameter, example: Example) -> odata.Scalar:
    value = example.keys[parameter.name]
    return odata.Unquoted(f"{value}L") if parameter.type == "Edm.Int64" else value


def _function_parameters(operation: Operation, example: Example) -> dict[str, odata.Scalar]:
    return {
        parameter.name: value
        if parameter.literal or isinstance(value, bool)
        else odata.Unquoted(value)
        for parameter in operation.query
        if parameter.name in example.parameters
        for value in [example.parameters[parameter.name]]
    }


def _query_value(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _entity(example: Example) -> dict[str, Any]:
    assert isinstance(example.body, dict)
    return example.body
