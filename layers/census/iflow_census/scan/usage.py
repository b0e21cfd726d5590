"""Whether an iFlow was used in a period, with the reason in words.

People switch iFlows off on this verdict: UNUSED needs proof, and what is not proven is UNKNOWN.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from iflow_census.scan.locations import RuntimeLocation
from iflow_census.scan.period import Window
from iflow_census.scan.tenant_api import HIDING_LEVELS, LEVEL_UNKNOWN, STARTED, RuntimeArtifact


class Usage(StrEnum):
    """Whether an iFlow was used in the period of the report."""

    USED = "USED"
    UNUSED = "UNUSED"
    NOT_DEPLOYED = "NOT_DEPLOYED"
    UNKNOWN = "UNKNOWN"


@dataclass(frozen=True, slots=True)
class Deployment:
    """An iFlow at a runtime location where it is deployed.

    Attributes:
        before: an earlier report or checkpoint shows it deployed when the period began.
    """

    location: RuntimeLocation
    artifact: RuntimeArtifact
    before: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class UsageEvidence:
    """What is known of an iFlow in a period.

    Attributes:
        messages: the number of messages that were counted at all runtime locations, without
            DISCARDED ones.
        last_message_at: when the last of them started; None if that is not known.
        discarded: the number of logs with status DISCARDED: SAP writes one where another node
            runs the same scheduled iFlow (SAP Help, "Message Status").
        doubt: why messages may be missing from the counts; None if none can be missing.
        deployments: where it is deployed; each of them may prove that it was in use.
        log_level: of the last log, in this period or before; None if no log is known of.
    """

    period: Window
    messages: int
    last_message_at: datetime | None = None
    discarded: int = 0
    doubt: str | None = None
    deployments: Sequence[Deployment] = ()
    log_level: str | None = None


def determine_usage(evidence: UsageEvidence) -> tuple[Usage, str]:
    """Determine the usage of an iFlow, and why, in words; the first rule that applies decides."""
    if evidence.messages:
        last = evidence.last_message_at
        when = f", last on {last:%Y-%m-%d}" if last else ""
        return Usage.USED, _count(evidence.messages, "message") + when
    if evidence.doubt is not None:
        return Usage.UNKNOWN, evidence.doubt
    if not evidence.deployments:
        return Usage.NOT_DEPLOYED, "not deployed, and no message in the period"
    for deployment in evidence.deployments:
        reason = _why_not_idle(evidence, deployment)
        if reason is not None:
            return Usage.UNKNOWN, reason + _where(deployment.location)
    return Usage.UNUSED, "no message in the period, and deployed for all of it"


def _why_not_idle(evidence: UsageEvidence, deployment: Deployment) -> str | None:
    """Why a deployed iFlow without messages may not have been idle throughout the period."""
    runtime = deployment.artifact
    if not deployment.before:
        if runtime.deployed_at is None:
            return "no message in the period, but the date of its deployment is not known"
        if runtime.deployed_at > evidence.period.start:
            return _since_deployment(runtime.deployed_at, evidence.period)
    if runtime.status != STARTED:
        status = f"has status {runtime.status}" if runtime.status else "has no status"
        return f"no message in the period, but the deployed iFlow {status}"
    if evidence.discarded:
        return f"only {_count(evidence.discarded, 'discarded message')} in the period"
    return _why_hidden(evidence.log_level)


def _why_hidden(log_level: str | None) -> str | None:
    """Why successful messages may have left no log; None if they would have."""
    if log_level in HIDING_LEVELS:
        return (
            f"no message log in the period, but the last one was at log level {log_level}, which "
            "hides successful messages"
        )
    if log_level == LEVEL_UNKNOWN:
        return (
            "no message log in the period, but the log level is not known, and it may hide "
            "successful messages"
        )
    return None


def _where(location: RuntimeLocation) -> str:
    return "" if location.is_cloud else f" (location {location.id})"


def _since_deployment(deployed_at: datetime, period: Window) -> str:
    when = f"deployed on {deployed_at:%Y-%m-%d}"
    if deployed_at >= period.end:
        return f"{when}, after the period"
    return f"{when}, no message in the {_duration(period.end - deployed_at)} since"


def _duration(length: timedelta) -> str:
    if length < timedelta(hours=1):
        return _count(length // timedelta(minutes=1), "minute")
    if length < timedelta(days=2):
        return _count(length // timedelta(hours=1), "hour")
    return _count(length // timedelta(days=1), "day")


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
