"""A write request that can be shown in a dry run before it is sent."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from iflow_census.cloud_integration import odata
from iflow_census.cloud_integration.api import Api, ApiResult


@dataclass(frozen=True, slots=True)
class WriteRequest:
    """A request that changes one entity or calls one function import.

    Attributes:
        path: relative to `/api/v1/`, keys encoded; or the name of a function import.
        body: the properties to send.
        query: query options, not encoded.
        parameters: plain values for a function import; None for an entity.
        file: a file whose content is sent in `content_property`.
        content_property: ArtifactContent or PackageContent.
    """

    method: Literal["POST", "PUT", "DELETE"]
    path: str
    body: Mapping[str, Any] = field(default_factory=dict)
    query: Mapping[str, str] = field(default_factory=dict)
    parameters: Mapping[str, odata.Scalar] | None = None
    file: Path | None = None
    content_property: str = "ArtifactContent"

    def url(self, api: Api) -> str:
        """Return the URL with its query."""
        if self.parameters is not None:
            return api.url(self.path, odata.encode_parameters(self.parameters))
        return api.url(self.path, self.query or None)

    def send(self, api: Api) -> ApiResult:
        """Send the request. Raises the errors of `SapConnection.write`."""
        if self.parameters is not None:
            return api.call(self.path, self.parameters)
        if self.method == "DELETE":
            return api.delete(self.path)
        query = self.query or None
        if self.file is not None:
            return api.upload(
                self.path,
                self.body,
                self.file,
                content_property=self.content_property,
                method=self.method,
                query=query,
            )
        if self.method == "PUT":
            return api.update(self.path, self.body, query=query)
        return api.create(self.path, self.body, query=query)


def drop_none(properties: Mapping[str, str | None]) -> dict[str, str]:
    """Return the properties that have a value."""
    return {name: value for name, value in properties.items() if value is not None}
