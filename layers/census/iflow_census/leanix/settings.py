"""Settings for the inventory in LeanIX."""

from enum import StrEnum
from typing import Annotated, Literal, Self

from pydantic import (
    BaseModel,
    Field,
    StringConstraints,
    ValidationError,
    field_validator,
    model_validator,
)

from iflow_census.errors import ConfigurationError

MAX_DELETION_RATIO = 50
"""Percent; also LeanIX's own default limit for archiving fact sheets."""

_Name = Annotated[str, StringConstraints(min_length=1, max_length=100, pattern=r"^[^${}'\\\"]+$")]
_Key = Annotated[str, StringConstraints(max_length=100, pattern=r"^[A-Za-z][A-Za-z0-9_]*$")]

DataKey = Literal[
    "iflowId",
    "package",
    "packageId",
    "vendor",
    "version",
    "editStatus",
    "deployed",
    "runtimeStatus",
    "usage",
    "unusedMonths",
    "orphan",
    "versionDrift",
    "updateBlocked",
    "messages",
    "period",
    "sender",
    "receiver",
    "facts",
    "decision",
    "owner",
]
"""The values of an iFlow in the LDIF that can be written to fields of its fact sheet."""


class Mode(StrEnum):
    """How a run treats fact sheets that its LDIF does not contain."""

    PARTIAL = "partial"
    """They are not changed."""
    FULL = "full"
    """Those of the same tenant are archived."""


class Policy(StrEnum):
    """When a value of a fact sheet is written."""

    CREATE = "create"
    """Only to a new fact sheet, so that changes by people stay."""
    ALWAYS = "always"
    """In each run."""
    NEVER = "never"
    """Never. A fact sheet cannot be created without a name, so only existing ones are updated."""


class EndOfLife(StrEnum):
    """What happens in partial mode to the fact sheet of an iFlow that is gone."""

    KEEP = "keep"
    """Nothing."""
    PHASE_OUT = "phaseOut"
    """Its lifecycle phase "phase out" begins."""
    END_OF_LIFE = "endOfLife"
    """Its lifecycle phase "end of life" begins."""


class LeanixSettings(BaseModel, frozen=True, extra="forbid", defer_build=True):
    """How the inventory appears in LeanIX.

    All fields except `prefix`, `link`, `unused_months` and `trust_own_ratio` are part of the
    processor configuration: after changing them, run `iflow-census leanix setup`.

    Attributes:
        connector_type: the connector's type; its id is the tenant's name.
        connector_version: the connector's version, `number.number.number`.
        relation: the relation from the iFlow's type to the tenant's type.
        provider_relation: the relation from the iFlow's type to the application that provides
            the data. None: applications are not related.
        consumer_relation: the same for an application that consumes them.
        name: when the names of fact sheets are written.
        description: when the description of an iFlow is written.
        fields: fields of the iFlow's fact sheet, by the value that is written to each in every
            run. With `facts`, the technical lines are left out of the description.
        status_tag_group: a tag group of the workspace; each iFlow gets tags for its status, such
            as "Unused" and "Edited".
        unused_months: an iFlow that is unused for so many months has a status tag of its own.
        metric: a metric of the workspace that gets the number of messages of each iFlow.
        end_of_life: what happens to an iFlow's fact sheet when the iFlow is gone.
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
    provider_relation: _Key | None = "relInterfaceToProviderApplication"
    consumer_relation: _Key | None = "relInterfaceToConsumerApplication"
    name: Policy = Policy.CREATE
    description: Policy = Policy.ALWAYS
    fields: dict[DataKey, _Key] = Field(default_factory=dict)
    status_tag_group: _Name | None = None
    unused_months: int = Field(default=3, ge=2, le=12)
    metric: _Name | None = None
    end_of_life: EndOfLife = EndOfLife.KEEP
    tag_group: _Name | None = None
    maximum_deletion_ratio: int = Field(default=20, ge=1, le=MAX_DELETION_RATIO)
    trust_own_ratio: bool = False
    prefix: str = Field(default="{tenant}: ", max_length=200)
    link: Annotated[str, StringConstraints(pattern=r"^https://", max_length=2000)] | None = None

    @model_validator(mode="after")
    def _check_mode(self) -> Self:
        if self.mode is Mode.FULL:
            if self.tag_group is None:
                raise ValueError(
                    "full mode needs 'tag_group': create a tag group in LeanIX, "
                    "Administration > Tags"
                )
            if self.end_of_life is not EndOfLife.KEEP:
                raise ValueError(
                    "'end_of_life' is for partial mode: full mode archives what is gone; remove "
                    "one of them"
                )
        return self

    @model_validator(mode="after")
    def _check_updates_only(self) -> Self:
        tags = {"tag_group": self.tag_group, "status_tag_group": self.status_tag_group}
        unusable = [name for name, value in tags.items() if value is not None]
        if self.name is Policy.NEVER and unusable:
            raise ValueError(
                f"'{unusable[0]}' needs a fact sheet of each iFlow, but with 'name' never none is "
                "created; remove one of them"
            )
        return self

    @field_validator("fields")
    @classmethod
    def _check_fields(cls, value: dict[DataKey, str]) -> dict[DataKey, str]:
        targets = sorted(value.values())
        for field, following in zip(targets, [*targets[1:], None], strict=True):
            if field == following:
                raise ValueError(f"two values for the field '{field}'; remove one")
            if field in ("name", "description"):
                raise ValueError(f"the setting '{field}' says when the {field} is written")
        return value

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


def parse_leanix_settings(text: str, *, source: str) -> LeanixSettings:
    """Parse the settings, strictly: an unknown one, or a number as text, is an error.

    Raises:
        ConfigurationError: a setting is invalid; the message names it.
    """
    try:
        return LeanixSettings.model_validate_json(text, strict=True)
    except ValidationError as error:
        first = error.errors()[0]
        name = ".".join(str(part) for part in first["loc"] if part != "[key]")
        match first["type"]:
            case "json_invalid" | "model_type":
                reason = "not a JSON object; see the settings in docs/leanix.md"
            case "extra_forbidden":
                known = ", ".join(LeanixSettings.model_fields)
                reason = f"unknown setting {name!r}; known settings: {known}"
            case _:
                reason = f"{name}: {first['msg']}" if name else first["msg"]
        raise ConfigurationError(f"{source}: {reason}") from error
