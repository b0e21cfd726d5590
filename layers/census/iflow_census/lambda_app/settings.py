"""Settings, from the environment variables that template.yaml sets."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, Field, ValidationError

from iflow_census.aws.secrets import leanix_secret_name
from iflow_census.cloud_integration.families import RateLimits
from iflow_census.errors import ConfigurationError
from iflow_census.http.retry_policy import RetryPolicy
from iflow_census.leanix.settings import LeanixSettings, parse_leanix_settings
from iflow_census.report.changes import Thresholds
from iflow_census.report.formats import known_formats
from iflow_census.scan.edit_status import DEFAULT_TOLERANCE

PREFIX = "IFLOW_CENSUS_"
LEANIX_PREFIX = f"{PREFIX}LEANIX_"

USUAL = Thresholds()
LONGEST_TOLERANCE = timedelta(days=366)

LONGEST_LINK = timedelta(days=7)
"""SigV4's own bound of a presigned link."""


def _names(value: object) -> object:
    return value.split() if isinstance(value, str) else value


class Settings(BaseModel, frozen=True, extra="forbid", allow_inf_nan=False, defer_build=True):
    """What a run can be told; each field is `IFLOW_CENSUS_` and its name in capitals.

    Attributes:
        bucket: where reports go.
        secret_prefix: secrets are `<prefix>/tenants/<name>`.
        formats: the report's formats, separated by spaces.
        edit_tolerance_seconds: creation and modification this close count as one act.
        design_time_per_second: requests per second and user that SAP allows for packages.
        runtime_per_second: the same for runtime artifacts and endpoints.
        message_logs_per_second: the same for message processing logs.
        read_timeout_seconds: silence of a tenant before a request counts as unanswered.
        deadline_margin_seconds: how long before the Lambda's end the scan asks nothing more: time
            for the last answers (10 s, http/client.py) and for the report.
        tenants_at_once: tenants scanned side by side.
        message_factor: a count of messages has moved where the larger one is more than so many
            times the smaller.
        message_floor: and where the larger one is at least this.
        health: read what the key's roles allow of each tenant's health, in about ten requests.
        notice_topic: ARN of the SNS topic that is told of each run; empty: nobody is.
        notice_link_seconds: how long the links in a notice let anybody read the report who has
            them; 0: they are addresses, and reading needs permission. SigV4 allows seven days.
        leanix: how inventories appear in LeanIX, from `IFLOW_CENSUS_LEANIX_…`.
    """

    bucket: str = Field(min_length=3)
    secret_prefix: str = Field(default="iflow-census", pattern=r"^[\w/.@-]*[\w.@-]$")
    formats: Annotated[tuple[str, ...], BeforeValidator(_names), Field(min_length=1)] = (
        "csv",
        "json",
    )
    edit_tolerance_seconds: float = Field(
        default=DEFAULT_TOLERANCE.total_seconds(), ge=0, le=LONGEST_TOLERANCE.total_seconds()
    )
    design_time_per_second: float = Field(default=10, gt=0)
    runtime_per_second: float = Field(default=50, gt=0)
    message_logs_per_second: float = Field(default=100, gt=0)
    read_timeout_seconds: float = Field(default=60, gt=0)
    deadline_margin_seconds: float = Field(default=60, ge=20)
    tenants_at_once: int = Field(default=4, ge=1, le=32)
    message_factor: float = Field(default=USUAL.message_factor, ge=1.01, le=1000)
    message_floor: int = Field(default=USUAL.message_floor, ge=1, le=10**9)
    health: bool = True
    notice_topic: str = ""
    notice_link_seconds: int = Field(default=0, ge=0, le=LONGEST_LINK.days * 24 * 60 * 60)
    leanix: LeanixSettings = Field(default_factory=LeanixSettings)

    @property
    def leanix_secret(self) -> str:
        """The name of the LeanIX secret."""
        return leanix_secret_name(self.secret_prefix)

    @property
    def rate_limits(self) -> RateLimits:
        """SAP's limits, per API family."""
        return RateLimits(
            design_time=self.design_time_per_second,
            runtime=self.runtime_per_second,
            message_logs=self.message_logs_per_second,
        )

    @property
    def retry_policy(self) -> RetryPolicy:
        """Time-outs and retries towards a tenant."""
        return RetryPolicy(read=self.read_timeout_seconds)

    @property
    def thresholds(self) -> Thresholds:
        """When a count of messages has moved since the month before."""
        return Thresholds(self.message_factor, self.message_floor)

    @property
    def edit_tolerance(self) -> timedelta:
        """`edit_tolerance_seconds` as a duration."""
        return timedelta(seconds=self.edit_tolerance_seconds)


def settings(environment: Mapping[str, str]) -> Settings:
    """Read the settings. Raises `ConfigurationError`, which names the variable."""
    given: dict[str, Any] = {}
    leanix: dict[str, str] = {}
    for name, value in environment.items():
        if name.startswith(LEANIX_PREFIX):
            # The template cannot leave a variable out, so an empty one stands for the default.
            if value:
                leanix[name.removeprefix(LEANIX_PREFIX).lower()] = value
        elif name.startswith(PREFIX):
            given[name.removeprefix(PREFIX).lower()] = value
    given["leanix"] = parse_leanix_settings(
        leanix, source=f"environment variables {LEANIX_PREFIX}…"
    )
    try:
        found = Settings.model_validate(given)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        variable = PREFIX + str(first["loc"][0]).upper()
        raise ConfigurationError(f"environment variable {variable}: {first['msg']}") from error
    try:
        known_formats(found.formats)
    except ConfigurationError as error:
        raise ConfigurationError(f"environment variable {PREFIX}FORMATS: {error}") from error
    return found
