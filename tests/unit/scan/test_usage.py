"""The verdict on an iFlow: the first rule that applies decides, and the reason is in words."""

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from iflow_census.scan.locations import RuntimeLocation
from iflow_census.scan.tenant_api import LEVEL_UNKNOWN, RuntimeArtifact
from iflow_census.scan.usage import Deployment, Usage, UsageEvidence, determine_usage
from tests.unit.scan.fake_tenant import OCTOBER

BEFORE = OCTOBER.start - timedelta(days=30)
RUNTIME = RuntimeArtifact("I", "INTEGRATION_FLOW", status="STARTED", deployed_at=BEFORE)
CLOUD, EDGE = RuntimeLocation(), RuntimeLocation("edge")
IDLE = UsageEvidence(period=OCTOBER.window, messages=0, deployments=[Deployment(CLOUD, RUNTIME)])


def deployed(
    artifact: RuntimeArtifact, *, before: bool = False, edge: RuntimeArtifact | None = None
) -> UsageEvidence:
    deployments = [Deployment(CLOUD, artifact, before)]
    return replace(
        IDLE, deployments=[*deployments, Deployment(EDGE, edge)] if edge else deployments
    )


def late(before_end: timedelta) -> RuntimeArtifact:
    return replace(RUNTIME, deployed_at=OCTOBER.end - before_end)


def test_iflow_with_messages_is_used_whatever_else_is_known() -> None:
    evidence = replace(IDLE, messages=312, doubt="half of it is missing", deployments=())

    assert determine_usage(evidence) == (Usage.USED, "312 messages")
    assert determine_usage(replace(evidence, messages=1)) == (Usage.USED, "1 message")


def test_reason_says_when_the_last_message_was() -> None:
    last = OCTOBER.end - timedelta(days=1, hours=4)

    assert determine_usage(replace(IDLE, messages=312, last_message_at=last)) == (
        Usage.USED,
        "312 messages, last on 2026-10-30",
    )


def test_doubt_comes_before_everything_but_messages() -> None:
    evidence = replace(IDLE, doubt="only 21 % of the period is covered", deployments=())

    assert determine_usage(evidence) == (Usage.UNKNOWN, "only 21 % of the period is covered")


def test_iflow_that_is_not_deployed_is_not_unused() -> None:
    usage, reason = determine_usage(replace(IDLE, deployments=()))

    assert usage is Usage.NOT_DEPLOYED
    assert reason == "not deployed, and no message in the period"


@pytest.mark.parametrize(
    ("before_end", "since"),
    [
        (timedelta(minutes=1), "1 minute"),
        (timedelta(minutes=59), "59 minutes"),
        (timedelta(hours=1), "1 hour"),
        (timedelta(hours=4), "4 hours"),
        (timedelta(hours=47), "47 hours"),
        (timedelta(days=2), "2 days"),
        (timedelta(days=30, hours=23), "30 days"),
    ],
)
def test_iflow_deployed_in_the_period_is_unknown(before_end: timedelta, since: str) -> None:
    usage, reason = determine_usage(deployed(late(before_end)))

    assert usage is Usage.UNKNOWN
    assert reason.startswith("deployed on 2026-10-")
    assert reason.endswith(f", no message in the {since} since")


@pytest.mark.parametrize(("days", "date"), [(0, "2026-11-01"), (2, "2026-11-03")])
def test_iflow_deployed_after_the_period_is_unknown(days: int, date: str) -> None:
    usage, reason = determine_usage(deployed(late(-timedelta(days=days))))

    assert usage is Usage.UNKNOWN
    assert reason == f"deployed on {date}, after the period"


def test_redeployed_iflow_is_unused_if_it_was_deployed_before() -> None:
    evidence = deployed(late(timedelta(hours=4)), before=True)

    assert determine_usage(evidence)[0] is Usage.UNUSED


def test_deployment_without_a_date_is_unknown() -> None:
    undated = replace(RUNTIME, deployed_at=None)

    assert determine_usage(deployed(undated))[0] is Usage.UNKNOWN
    assert determine_usage(deployed(undated, before=True))[0] is Usage.UNUSED


@pytest.mark.parametrize("status", ["ERROR", "STARTING", "STOPPING", None])
def test_iflow_that_is_not_started_is_unknown(status: str | None) -> None:
    usage, reason = determine_usage(deployed(replace(RUNTIME, status=status)))

    assert usage is Usage.UNKNOWN
    assert (status or "no status") in reason


def test_iflow_with_only_discarded_logs_is_unknown() -> None:
    assert determine_usage(replace(IDLE, discarded=44)) == (
        Usage.UNKNOWN,
        "only 44 discarded messages in the period",
    )


@pytest.mark.parametrize("level", ["ERROR", "NONE"])
def test_iflow_that_logged_only_errors_is_unknown(level: str) -> None:
    usage, reason = determine_usage(replace(IDLE, log_level=level))

    assert usage is Usage.UNKNOWN
    assert reason == (
        f"no message log in the period, but the last one was at log level {level}, which hides "
        "successful messages"
    )


def test_iflow_whose_log_level_is_not_known_is_unknown() -> None:
    usage, reason = determine_usage(replace(IDLE, log_level=LEVEL_UNKNOWN))

    assert usage is Usage.UNKNOWN
    assert reason.startswith("no message log in the period, but the log level is not known")


@pytest.mark.parametrize("level", ["INFO", "DEBUG", "TRACE", None])
def test_iflow_that_logged_everything_is_unused(level: str | None) -> None:
    assert determine_usage(replace(IDLE, log_level=level))[0] is Usage.UNUSED


def test_iflow_deployed_at_the_start_of_the_period_is_unused() -> None:
    evidence = deployed(replace(RUNTIME, deployed_at=OCTOBER.start))

    assert determine_usage(evidence) == (
        Usage.UNUSED,
        "no message in the period, and deployed for all of it",
    )


def test_iflow_at_two_locations_is_unused_if_both_prove_it() -> None:
    failing = replace(RUNTIME, status="ERROR")

    assert determine_usage(deployed(RUNTIME, edge=RUNTIME))[0] is Usage.UNUSED
    assert determine_usage(deployed(RUNTIME, edge=failing)) == (
        Usage.UNKNOWN,
        "no message in the period, but the deployed iFlow has status ERROR (location edge)",
    )


@given(
    st.builds(
        UsageEvidence,
        period=st.just(OCTOBER.window),
        messages=st.integers(0, 2),
        discarded=st.integers(0, 2),
        doubt=st.sampled_from([None, "a part is missing"]),
        deployments=st.lists(
            st.builds(
                Deployment,
                st.sampled_from([CLOUD, EDGE]),
                st.builds(
                    RuntimeArtifact,
                    id=st.just("I"),
                    type=st.just("INTEGRATION_FLOW"),
                    status=st.sampled_from(["STARTED", "ERROR", None]),
                    deployed_at=st.sampled_from([None, BEFORE, OCTOBER.start, OCTOBER.end]),
                ),
                st.booleans(),
            ),
            max_size=2,
        ),
        log_level=st.sampled_from([None, "INFO", "ERROR", "NONE", LEVEL_UNKNOWN]),
    )
)
def test_unused_is_always_proven(evidence: UsageEvidence) -> None:
    usage, reason = determine_usage(evidence)

    assert reason
    if usage is Usage.UNUSED:
        assert evidence.messages == evidence.discarded == 0
        assert evidence.doubt is None
        assert evidence.log_level in (None, "INFO")
        assert evidence.deployments
        for deployment in evidence.deployments:
            assert deployment.artifact.status == "STARTED"
            deployed_at = deployment.artifact.deployed_at
            assert deployment.before or (deployed_at and deployed_at <= OCTOBER.start)
