"""What can be chosen about the inventory in LeanIX."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Annotated, Any, Self

from pydantic import (
    BaseModel,
    Field,
    StringConstraints,
    ValidationError,
    field_validator,
    model_validator,
)

from iflow_census.errors import ConfigurationError

LONGEST = 500
"""Characters of any value outside an LDIF's content, and of any expression (SAP Help, swagger)."""

LARGEST_RATIO = 50
"""Percent; LeanIX itself stops at this share of archived fact sheets unless told otherwise."""

_Name = Annotated[str, StringConstraints(min_length=1, max_length=100, pattern=r"^[^${}'\\\"]+$")]
_Key = Annotated[str, StringConstraints(max_length=100, pattern=r"^[A-Za-z][A-Za-z0-9_]*$")]


class Mode(StrEnum):
    """What becomes of fact sheets that a run does not name."""

    PARTIAL = "partial"
    """They stay as they are."""
    FULL = "full"
    """Those of the same tenant are archived."""


class LeanixSettings(BaseModel, frozen=True, extra="forbid", defer_build=True):
    """How the inventory appears in LeanIX.

    The fields down to `tag_group` are part of the processor configuration: after a change, run
    `iflow-census leanix setup`.

    Attributes:
        connector_type: the first part of the connector; its second part is the tenant's name.
        connector_version: its third part, `number.number.number`.
        mode: partial or full.
        fact_sheet_type: the type of fact sheet that an iFlow becomes.
        tenant_type: the type of fact sheet that a tenant becomes.
        relation: the relation from the iFlow's type to the tenant's type.
        tag_group: a tag group of the workspace; each iFlow is given the tag of it that is named
            after the tenant. Full mode needs it, to archive nothing else.
        maximum_deletion_ratio: percent of a tenant's fact sheets that a full run may archive;
            LeanIX archives none if it would be more.
        prefix: in front of an iFlow's name; `{tenant}` stands for the tenant.
        link: the address of an iFlow's design-time page; `{tenant}`, `{package_id}` and
            `{iflow_id}` are filled in. None: no link.
    """

    connector_type: _Name = "iflow-census"
    connector_version: str = Field(default="1.0.0", pattern=r"^\d{1,9}\.\d{1,9}\.\d{1,9}$")
    mode: Mode = Mode.PARTIAL
    fact_sheet_type: _Key = "Interface"
    tenant_type: _Key = "ITComponent"
    relation: _Key = "relInterfaceToITComponent"
    tag_group: _Name | None = None
    maximum_deletion_ratio: int = Field(default=20, ge=1, le=LARGEST_RATIO)
    prefix: str = Field(default="{tenant}: ", max_length=200)
    link: Annotated[str, StringConstraints(pattern=r"^https://", max_length=2000)] | None = None

    @model_validator(mode="after")
    def _full_mode_is_limited(self) -> Self:
        if self.mode is Mode.FULL and self.tag_group is None:
            raise ValueError(
                "full mode needs 'tag_group': create a tag group in LeanIX, Administration > Tags"
            )
        return self

    @field_validator("prefix")
    @classmethod
    def _prefix_can_be_filled_in(cls, value: str) -> str:
        return _template(value, tenant="")

    @field_validator("link")
    @classmethod
    def _link_can_be_filled_in(cls, value: str | None) -> str | None:
        return value and _template(value, tenant="", package_id="", iflow_id="")


def _template(text: str, **names: str) -> str:
    try:
        text.format(**names)
    except (KeyError, IndexError, ValueError, AttributeError):
        known = ", ".join(f"{{{name}}}" for name in names)
        raise ValueError(f"only {known} can be filled in") from None
    return text


def leanix_settings(values: Mapping[str, Any], *, source: str) -> LeanixSettings:
    """Read the settings. Raises `ConfigurationError`, which names the setting.

    Args:
        values: by name.
        source: what to call them in a message.
    """
    try:
        return LeanixSettings.model_validate(values)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        name = ".".join(str(part) for part in first["loc"])
        if first["type"] == "extra_forbidden":
            known = ", ".join(LeanixSettings.model_fields)
            raise ConfigurationError(
                f"{source}: setting {name!r} is unknown: there are {known}"
            ) from error
        said = f"{name}: {first['msg']}" if name else first["msg"]
        raise ConfigurationError(f"{source}: {said}") from error
