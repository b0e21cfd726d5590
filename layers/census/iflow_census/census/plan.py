"""The plan of a run: its period, tenants and formats, and how LeanIX receives the inventory."""

from collections.abc import Callable, Mapping, Sequence, Set
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Protocol

from iflow_census.clock import Deadline
from iflow_census.journal import Journal
from iflow_census.report.changes import Thresholds
from iflow_census.scan.anatomy.model import ModelResult
from iflow_census.scan.health import HealthApi
from iflow_census.scan.owner_scan import CustomTags
from iflow_census.scan.period import Period
from iflow_census.scan.readings import Reading
from iflow_census.scan.results import ApiUsage, TenantStatus
from iflow_census.scan.tenant_api import TenantApi
from iflow_census.scan.web_ui import TenantProfile
from iflow_census.store.report_writer import report_folder

if TYPE_CHECKING:
    from iflow_census.leanix.settings import LeanixSettings
    from iflow_census.leanix.workspace import OpenWorkspace


class TenantSession(TenantApi, Protocol):
    """An authenticated session with a tenant that counts its requests."""

    def api_usage(self) -> ApiUsage:
        """The requests sent so far; `seconds` is filled in by the caller."""
        ...

    def iflow_model(
        self, iflow_id: str, seconds: float, names: Sequence[str]
    ) -> Reading[ModelResult]:
        """Read the model of an iFlow within a number of seconds, and search it for names."""
        ...

    def package_models(
        self, package_id: str, seconds: float, names: Sequence[str]
    ) -> Reading[Mapping[str, ModelResult]]:
        """Read the models of a package in one request; the package may have others, or fewer."""
        ...

    def custom_tags(self, package_id: str, seconds: float) -> Reading[CustomTags]:
        """Read the custom tags of a package, if it takes no longer than these seconds."""
        ...

    @property
    def health(self) -> HealthApi:
        """The part of the API that reports the tenant's health."""
        ...

    @property
    def profile(self) -> TenantProfile:
        """The tenant's environment and web UI; no request is sent."""
        ...


OpenTenant = Callable[[Deadline, Journal], AbstractContextManager[TenantSession]]
"""Opens a session that starts no request after the deadline and records answers in the journal."""


@dataclass(frozen=True, slots=True)
class CensusPlan:
    """What a census or checkpoint does.

    Attributes:
        run_id: identifies the run; a retry has the same one.
        tenants: the tenants to scan: how to open each one, by name.
        other_tenants: names of configured tenants that this run does not scan; the report keeps
            their rows from an earlier run of the month.
        edit_tolerance: creation and modification within this time count as unedited.
        thresholds: which change of a message count is reported.
        health: also read the health of each tenant.
        last_errors: also read and show the error of each iFlow's last failed message.
        models: also read the models of iFlows: what they connect.
        owner_tag: the custom tag of packages that has their owner; "": owners are not read.
        keeps_tenants: the report of a month also keeps all tenants that it has, because no run
            knows all keys: in a folder.
        completes: the plan of the month whose rows the same scan stores, where they are due.
    """

    period: Period
    run_id: str
    tenants: Mapping[str, OpenTenant]
    other_tenants: Sequence[str]
    formats: Sequence[str]
    edit_tolerance: timedelta
    tenants_at_once: int
    thresholds: Thresholds = field(default_factory=Thresholds)
    health: bool = False
    last_errors: bool = False
    models: bool = False
    owner_tag: str = ""
    keeps_tenants: bool = False
    completes: "CensusPlan | None" = None

    def folder(self, status: str = TenantStatus.COMPLETE) -> str:
        """The key prefix of the files of a report of this status; ends with a slash."""
        return report_folder(self.period, status)

    @property
    def configured(self) -> Set[str]:
        """The names of all configured tenants."""
        return {*self.tenants, *self.other_tenants}


@dataclass(frozen=True, slots=True)
class LeanixPlan:
    """How inventories are sent to LeanIX.

    Attributes:
        test: dry run, which changes nothing.
        wait_seconds: how long to wait for a started run; None: until it ends.
    """

    open: "OpenWorkspace"
    settings: "LeanixSettings"
    test: bool
    wait_seconds: float | None = None
