"""Settings for the inventory in LeanIX."""

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

MAX_VALUE_LENGTH = 500
"""Characters of a value outside an LDIF's content, or of an expression (SAP Help, swagger)."""

MAX_DELETION_RATIO = 50
"""Percent; also LeanIX's own default limit for archiving fact sheets."""

_Name = Annotated[str, StringConstraints(min_length=1, max_length=100, pattern=r"^[^${}'\\\"]+$")]
_Key = Annotated[str, StringConstraints(max_length=100, pattern=r"^[A-Za-z][A-Za-z0-9_]*$")]


class Mode(StrEnum):
    """How a run treats fact sheets that its LDIF does not contain."""

    PARTIAL = "partial"
    """They are not changed."""
    FULL = "full"
    """Those of the same tenant are archived."""


class LeanixSettings(BaseModel, frozen=True, extra="forbid", defer_build=True):
    """How the inventory appears in LeanIX.

    All fields except `prefix`, `link` and `trust_own_ratio` are part of the processor
    configuration: after changing them, run `iflow-census leanix setup`.

    Attributes:
        connector_type: the connector's type; its id is the tenant's name.
        connector_version: the connector's version, `number.number.number`.
        mode: partial or full.
        fact_sheet_type: the type of an iFlow's fact sheet.
        tenant_type: the type of a tenant's fact sheet.
        relation: the relation from the iFlow's type to the tenant's type.
        tag_group: a tag group of the workspace; each iFlow gets a tag named after its tenant.
            Required by full mode, which archives only fact sheets with that tag.
        maximum_deletion_ratio: percent of a tenant's fact sheets that a full run may archive; if
            it would archive more, it archives none.
        trust_own_ratio: send in full mode even if the dry run does not say what it would archive,
            so that only LeanIX's own limit of the same percentage applies.
        prefix: prepended to an iFlow's name; `{tenant}` is replaced by the tenant's name.
        link: the URL of an iFlow's design-time page, with the placeholders `{tenant}`,
            `{package_id}` and `{iflow_id}`. None: no link.
    """

    connector_type: _Name = "iflow-census"
    connector_version: str = Field(default="1.0.0", pattern=r"^\d{1,9}\.\d{1,9}\.\d{1,9}$")
    mode: Mode = Mode.PARTIAL
    fact_sheet_type: _Key = "Interface"
    tenant_type: _Key = "ITComponent"
    relation: _Key = "relInterfaceToITComponent"
    tag_group: _Name | None = None
    maximum_deletion_ratio: int = Field(default=20, ge=1, le=MAX_DELETION_RATIO)
    trust_own_ratio: bool = False
    prefix: str = Field(default="{tenant}: ", max_length=200)
    link: Annotated[str, StringConstraints(pattern=r"^https://", max_length=2000)] | None = None

    @model_validator(mode="after")
    def _require_tag_group_in_full_mode(self) -> Self:
        if self.mode is Mode.FULL and self.tag_group is None:
            raise ValueError(
                "full mode needs 'tag_group': create a tag group in LeanIX, Administration > Tags"
            )
        return self

    @field_validator("prefix")
    @classmethod
    def _check_prefix(cls, value: str) -> str:
        return _check_placeholders(value, tenant="")

    @field_validator("link")
    @classmethod
    def _check_link(cls, value: str | None) -> str | None:
        return value and _check_placeholders(value, tenant="", package_id="", iflow_id="")


def _check_placeholders(template: str, **values: str) -> str:
    try:
        template.format(**values)
    except (KeyError, IndexError, ValueError, AttributeError):
        known = ", ".join(f"{{{name}}}" for name in values)
        raise ValueError(f"invalid placeholder; use only {known}") from None
    return template


def parse_leanix_settings(values: Mapping[str, Any], *, source: str) -> LeanixSettings:
    """Parse the settings.

    Args:
        values: the settings by name.
        source: where they come from, for error messages.

    Raises:
        ConfigurationError: a setting is invalid; the message names it.
    """
    try:
        return LeanixSettings.model_validate(values)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        name = ".".join(str(part) for part in first["loc"])
        if first["type"] == "extra_forbidden":
            known = ", ".join(LeanixSettings.model_fields)
            raise ConfigurationError(
                f"{source}: unknown setting {name!r}; known settings: {known}"
            ) from error
        reason = f"{name}: {first['msg']}" if name else first["msg"]
        raise ConfigurationError(f"{source}: {reason}") from error
