"""A run, fully told, and what it needs of the world."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Protocol

from iflow_census.clock import Clock, Deadline
from iflow_census.journal import Journal
from iflow_census.report.changes import Thresholds
from iflow_census.scan.health import HealthApi
from iflow_census.scan.period import Month
from iflow_census.scan.results import ApiUsage
from iflow_census.scan.tenant_api import TenantApi
from iflow_census.store.protocol import Store


class TenantSession(TenantApi, Protocol):
    """A tenant that one is logged on to, and that keeps count of what was asked."""

    def api_usage(self) -> ApiUsage:
        """What was sent so far; `seconds` is left to the census."""
        ...

    @property
    def health(self) -> HealthApi:
        """What can be asked of the tenant's health."""
        ...


OpenTenant = Callable[[Deadline, Journal], AbstractContextManager[TenantSession]]
"""Opens a session in which no request begins after the deadline, and whose answers are kept."""

Progress = Callable[[str, str, int, int], None]
"""Told of each step, from several threads: tenant, of what, how many done, of how many so far."""


@dataclass(frozen=True, slots=True)
class CensusPlan:
    """A run, fully told.

    Attributes:
        month: the month to count.
        run_id: names the run; the same for a retry.
        tenants: by name, how to open each one that is to be scanned.
        others: names of tenants that are not scanned this time, but belong to the report.
        formats: the formats of the report.
        folder: where its files go; ends with a slash unless empty.
        pointer: also keep `reports/latest.json`.
        edit_tolerance: creation and modification this close count as one act.
        tenants_at_once: how many are scanned side by side.
        seconds: how long the scan may take.
        thresholds: when a count of messages has moved since the month before.
        health: read the tenants' health too.
    """

    month: Month
    run_id: str
    tenants: Mapping[str, OpenTenant]
    others: Sequence[str]
    formats: Sequence[str]
    folder: str
    pointer: bool
    edit_tolerance: timedelta
    tenants_at_once: int
    seconds: float
    thresholds: Thresholds = field(default_factory=Thresholds)
    health: bool = False


@dataclass(frozen=True, slots=True)
class Services:
    """What lies outside: places for the report and for the state of the work, and the time."""

    reports: Store
    state: Store
    clock: Clock
