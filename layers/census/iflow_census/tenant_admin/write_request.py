"""A request that changes something, before it is sent: a dry run shows the same one."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from iflow_census.cloud_integration import odata
from iflow_census.cloud_integration.api import Api, ApiResult


@dataclass(frozen=True, slots=True)
class Change:
    """One write.

    Attributes:
        method: of HTTP.
        path: below `/api/v1/`, keys encoded; a function import's name.
        body: the properties that are sent.
        query: query options, not encoded.
        parameters: of a function import, plain values; None for anything else.
        file: whose content is sent too, in `content_property`.
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
        """The address with its query."""
        if self.parameters is not None:
            return api.url(self.path, odata.encode_parameters(self.parameters))
        return api.url(self.path, self.query or None)

    def send(self, api: Api) -> ApiResult:
        """Carry it out. Raises as the verbs of `Api`."""
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
