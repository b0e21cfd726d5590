"""The settings of the Lambda, read from environment variables that template.yaml sets."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Annotated, Any

from annotated_types import Ge, Le
from pydantic import BaseModel, BeforeValidator, Field, ValidationError

from iflow_census.aws.secrets import leanix_secret_name
from iflow_census.cloud_integration.families import RateLimits
from iflow_census.errors import ConfigurationError, one_line
from iflow_census.http.retry_policy import RetryPolicy
from iflow_census.leanix.settings import LeanixSettings, parse_leanix_settings
from iflow_census.report.changes import Thresholds
from iflow_census.report.formats import check_formats
from iflow_census.scan.edit_status import DEFAULT_TOLERANCE

PREFIX = "IFLOW_CENSUS_"
LEANIX_SETTINGS = f"{PREFIX}LEANIX_SETTINGS"

DEFAULT_THRESHOLDS = Thresholds()
MAX_EDIT_TOLERANCE = timedelta(days=366)

MIN_RATE, MAX_RATE = 0.1, 1000
"""Requests per second; ten times SAP's highest limit is more than any tenant allows."""

LAMBDA_TIMEOUT = timedelta(minutes=15)
"""The longest timeout of a Lambda."""

MAX_LINK_LIFETIME = timedelta(days=7)
"""The limit of SigV4 for presigned URLs."""


def _split_names(value: object) -> object:
    return value.split() if isinstance(value, str) else value


class Settings(BaseModel, frozen=True, extra="forbid", allow_inf_nan=False, defer_build=True):
    """The settings of a run; each field is the environment variable `IFLOW_CENSUS_<NAME>`.

    Attributes:
        secret_prefix: a tenant's secret is named `<prefix>/tenants/<name>`.
        formats: the report's formats, separated by spaces.
        edit_tolerance_seconds: creation and modification within this time count as unedited.
        design_time_per_second: requests per second and user that SAP allows for packages.
        runtime_per_second: the same for runtime artifacts and endpoints.
        message_logs_per_second: the same for message processing logs.
        read_timeout_seconds: how long a tenant may send nothing before a request times out.
        deadline_margin_seconds: how long before the Lambda's timeout the last request may start:
            time for pending responses (10 s, http/client.py) and for the report.
        tenants_at_once: how many tenants are scanned concurrently; one Lambda scans at most 32.
        message_factor: a message count is reported as changed if the larger of the two months is
            more than this many times the smaller,
        message_floor: and is at least this large.
        health: also read each tenant's health, in about ten requests, as far as the key's roles
            allow.
        last_errors: also show the beginning of the error of each iFlow's last failed message,
            which may contain payload.
        models: also read the models of iFlows, for up to five minutes per tenant and run.
        owner_tag: the custom tag of packages that has their owner; empty: owners are not read.
        notice_topic: ARN of the SNS topic for notices; empty: no notices.
        notice_link_seconds: lifetime of presigned links in a notice, with which anybody can read
            the report; 0: plain addresses, for which reading needs permission.
        leanix: how inventories appear in LeanIX, from `IFLOW_CENSUS_LEANIX_SETTINGS`, which is a
            JSON object or empty.
    """

    bucket: str = Field(min_length=3)
    secret_prefix: str = Field(default="iflow-census", pattern=r"^[\w/.@-]*[\w.@-]$")
    formats: Annotated[tuple[str, ...], BeforeValidator(_split_names), Field(min_length=1)] = (
        "csv",
        "json",
    )
    edit_tolerance_seconds: float = Field(
        default=DEFAULT_TOLERANCE.total_seconds(), ge=0, le=MAX_EDIT_TOLERANCE.total_seconds()
    )
    design_time_per_second: float = Field(default=10, ge=MIN_RATE, le=MAX_RATE)
    runtime_per_second: float = Field(default=50, ge=MIN_RATE, le=MAX_RATE)
    message_logs_per_second: float = Field(default=100, ge=MIN_RATE, le=MAX_RATE)
    read_timeout_seconds: float = Field(default=60, ge=0.1, le=LAMBDA_TIMEOUT.total_seconds())
    deadline_margin_seconds: float = Field(
        default=60, ge=20, le=LAMBDA_TIMEOUT.total_seconds() - 60
    )
    tenants_at_once: int = Field(default=4, ge=1, le=1000)
    message_factor: float = Field(default=DEFAULT_THRESHOLDS.message_factor, ge=1.01, le=1000)
    message_floor: int = Field(default=DEFAULT_THRESHOLDS.message_floor, ge=1, le=10**9)
    health: bool = True
    last_errors: bool = False
    models: bool = False
    owner_tag: str = ""
    notice_topic: str = ""
    notice_link_seconds: int = Field(default=0, ge=0, le=MAX_LINK_LIFETIME.days * 24 * 60 * 60)
    leanix: LeanixSettings = Field(default_factory=LeanixSettings)

    @property
    def leanix_secret(self) -> str:
        """The name of the secret for LeanIX."""
        return leanix_secret_name(self.secret_prefix)

    @property
    def rate_limits(self) -> RateLimits:
        """SAP's rate limits, for each API family."""
        return RateLimits(
            design_time=self.design_time_per_second,
            runtime=self.runtime_per_second,
            message_logs=self.message_logs_per_second,
        )

    @property
    def retry_policy(self) -> RetryPolicy:
        """Timeouts and retries of requests to a tenant."""
        return RetryPolicy(read=self.read_timeout_seconds)

    @property
    def thresholds(self) -> Thresholds:
        """Which change of a message count since the month before is reported."""
        return Thresholds(self.message_factor, self.message_floor)

    @property
    def edit_tolerance(self) -> timedelta:
        """`edit_tolerance_seconds` as a duration."""
        return timedelta(seconds=self.edit_tolerance_seconds)


def load_settings(environment: Mapping[str, str]) -> Settings:
    """Read the settings. Raises `ConfigurationError`, which names the variable."""
    values: dict[str, Any] = {}
    for name, value in environment.items():
        if name.startswith(PREFIX) and name != LEANIX_SETTINGS:
            values[name.removeprefix(PREFIX).lower()] = value
    values["leanix"] = parse_leanix_settings(
        environment.get(LEANIX_SETTINGS) or "{}", source=f"environment variable {LEANIX_SETTINGS}"
    )
    try:
        settings = Settings.model_validate(values)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        name = str(first["loc"][0])
        reason = _describe_range(name, first["input"]) or first["msg"]
        raise ConfigurationError(
            f"environment variable {PREFIX}{name.upper()}: {reason}"
        ) from error
    try:
        check_formats(settings.formats)
    except ConfigurationError as error:
        raise ConfigurationError(f"environment variable {PREFIX}FORMATS: {error}") from error
    return settings


def _describe_range(name: str, value: object) -> str | None:
    """Return which numbers a setting allows; None if it is not a number."""
    field = Settings.model_fields.get(name)
    metadata = field.metadata if field else []
    minimum = next((limit.ge for limit in metadata if isinstance(limit, Ge)), None)
    maximum = next((limit.le for limit in metadata if isinstance(limit, Le)), None)
    if field is None or minimum is None or maximum is None:
        return None
    kind = "a whole number" if field.annotation is int else "a number"
    return f"{one_line(str(value))!r} is not allowed; set {kind} from {minimum} to {maximum}"
