"""The event that starts a run: read strictly, and the same run for each delivery of it."""

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from iflow_census.census.request import Action, CensusRequest, parse_event
from iflow_census.errors import ConfigurationError
from iflow_census.scan.period import Month, RollingWindow

NOW = datetime(2026, 11, 1, 0, 30, 5, tzinfo=UTC)
SCHEDULED = "2026-11-01T00:30:00Z"


def message(event: Any, now: datetime = NOW) -> str:
    with pytest.raises(ConfigurationError) as caught:
        parse_event(event, now)
    return str(caught.value)


def test_empty_event_is_a_census_of_last_month() -> None:
    assert parse_event({}, NOW) == CensusRequest(
        action=Action.CENSUS, period=Month(2026, 10), run_id="20261101T003005Z"
    )


def test_every_key_of_an_event_is_read() -> None:
    request = parse_event(
        {
            "action": "census",
            "period": "2026-09",
            "tenants": ["prod", "dev"],
            "formats": ["json", "csv", "json"],
            "leanix": "test",
            "scheduled_time": SCHEDULED,
            "execution_id": "1234",
        },
        NOW,
    )

    assert request.period == Month(2026, 9)
    assert (request.run_id, request.execution_id) == ("20261101T003000Z", "1234")
    assert (request.tenants, request.formats) == (["prod", "dev"], ("json", "csv"))


@pytest.mark.parametrize("leanix", [True, False, "test", None])
def test_leanix_is_yes_no_or_test(leanix: object) -> None:
    parse_event({"leanix": leanix}, NOW)


def test_null_is_the_same_as_a_missing_key() -> None:
    event = dict.fromkeys(
        ["period", "tenants", "formats", "leanix", "scheduled_time", "execution_id"]
    )

    assert parse_event(event, NOW) == parse_event({}, NOW)


@pytest.mark.parametrize(
    ("scheduled", "month"),
    [
        ("2027-01-01T00:30:00Z", Month(2026, 12)),
        ("2024-03-01T00:30:00Z", Month(2024, 2)),
        ("2026-10-31T23:59:59Z", Month(2026, 9)),
        ("2026-11-01T00:30:00+02:00", Month(2026, 9)),
        ("2026-10-31T23:30:00-02:00", Month(2026, 10)),
    ],
)
@pytest.mark.parametrize("action", ["census", "verify"])
def test_census_counts_the_month_before_in_utc(scheduled: str, month: Month, action: str) -> None:
    request = parse_event(
        {"action": action, "scheduled_time": scheduled}, datetime(2027, 1, 2, tzinfo=UTC)
    )

    assert request.period == month


def test_checkpoint_counts_the_current_month() -> None:
    request = parse_event({"action": "checkpoint", "scheduled_time": SCHEDULED}, NOW)

    assert (request.action, request.period) == (Action.CHECKPOINT, Month(2026, 11))


def test_retry_in_the_next_month_counts_the_same_month() -> None:
    event = {"scheduled_time": "2026-10-31T23:59:00Z"}

    assert parse_event(event, NOW + timedelta(days=40)) == parse_event(event, NOW)


@given(
    st.timedeltas(timedelta(days=40), timedelta(days=600)).map(lambda before: NOW - before),
    st.timezones(),
    st.timedeltas(timedelta(0), timedelta(days=30)).map(lambda later: NOW + later),
)
def test_run_id_is_the_same_for_every_delivery(
    scheduled: datetime, zone: tzinfo, delivered: datetime
) -> None:
    whole = scheduled.replace(microsecond=0)
    ways = [whole.astimezone(zone).isoformat(), whole.isoformat().replace("+00:00", "Z")]

    requests = [
        parse_event({"scheduled_time": way}, moment) for way in ways for moment in (NOW, delivered)
    ]

    assert all(request == requests[0] for request in requests)


@pytest.mark.parametrize(
    "key", ["perod", "Period", "tenant", "runid", "", " ", "action ", "ünï", "version"]
)
def test_unknown_key_is_named_with_the_known_keys(key: str) -> None:
    error = message({"action": "census", key: 1})

    assert repr(key) in error
    assert "action, step, period, tenants, formats, leanix, scheduled_time, execution_id" in error


@pytest.mark.parametrize(
    ("event", "named"),
    [
        ({"action": "scan"}, "action"),
        ({"action": "CENSUS"}, "action"),
        ({"action": None}, "action"),
        ({"action": ["census"]}, "action"),
        ({"period": "2026-13"}, "2026-13"),
        ({"period": "2026-1"}, "2026-1"),
        ({"period": "last month"}, "last month"),
        ({"period": ""}, "''"),
        ({"period": 202610}, "period"),
        ({"period": ["2026-10"]}, "period"),
        ({"tenants": "dev"}, "tenants"),
        ({"tenants": []}, "tenants"),
        ({"tenants": [5]}, "tenants.0"),
        ({"tenants": {"dev": 1}}, "tenants"),
        ({"formats": "csv"}, "formats"),
        ({"formats": []}, "formats"),
        ({"formats": ["pdf"]}, "'pdf'"),
        ({"formats": ["csv", None]}, "formats.1"),
        ({"leanix": "yes"}, "leanix"),
        ({"leanix": 1}, "leanix"),
        ({"leanix": []}, "leanix"),
        ({"scheduled_time": "2026-11-01T00:30:00"}, "scheduled_time"),
        ({"scheduled_time": "2026-11-01"}, "scheduled_time"),
        ({"scheduled_time": "soon"}, "scheduled_time"),
        ({"scheduled_time": ""}, "scheduled_time"),
        ({"scheduled_time": 1793493000}, "scheduled_time"),
        ({"scheduled_time": "1793493000"}, "scheduled_time"),
        ({"scheduled_time": "0001-01-01T00:00:00Z"}, "scheduled_time"),
        ({"scheduled_time": "0001-01-01T00:00:00+05:00"}, "scheduled_time"),
        ({"scheduled_time": "1999-12-31T00:00:00Z"}, "is before 2000"),
        ({"period": "0001-01"}, "choose one from 2000-01"),
        ({"period": "9999-12"}, "choose one from 2000-01"),
        ({"scheduled_time": "<aws.scheduler.scheduled-time>"}, "scheduled_time"),
        ({"execution_id": ""}, "execution_id"),
        ({"execution_id": "x" * 201}, "execution_id"),
        ({"execution_id": 5}, "execution_id"),
        ([], "event"),
        ("census", "event"),
        (None, "event"),
    ],
)
def test_invalid_value_is_named(event: Any, named: str) -> None:
    assert named in message(event)


@pytest.mark.parametrize(
    ("event", "month"),
    [
        ({"period": "2026-12"}, "2026-12"),
        ({"period": "2999-12"}, "2999-12"),
        ({"scheduled_time": "2027-01-01T00:30:00Z"}, "2026-12"),
        ({"action": "checkpoint", "scheduled_time": "2026-12-16T00:30:00Z"}, "2026-12"),
        ({"action": "verify", "period": "2027-01"}, "2027-01"),
    ],
)
def test_future_month_is_rejected(event: Mapping[str, Any], month: str) -> None:
    assert message(event) == f"period {month}: it is in the future; choose an earlier month"


@pytest.mark.parametrize(
    ("event", "now", "month"),
    [
        ({"period": "2026-11"}, NOW, Month(2026, 11)),
        ({"period": "2026-11"}, datetime(2026, 11, 1, tzinfo=UTC), Month(2026, 11)),
        ({"scheduled_time": "2000-02-01T00:00:00Z"}, NOW, Month(2000, 1)),
        ({"scheduled_time": "2026-11-02T00:30:05Z"}, NOW, Month(2026, 10)),
    ],
    ids=["current-month", "its-first-moment", "first-year", "schedule-a-day-ahead"],
)
def test_first_and_last_possible_times_are_accepted(
    event: Mapping[str, Any], now: datetime, month: Month
) -> None:
    assert parse_event(event, now).period == month


@given(
    st.dictionaries(
        st.text(max_size=8) | st.sampled_from(["action", "period", "tenants", "scheduled_time"]),
        st.none() | st.booleans() | st.integers() | st.text(max_size=12) | st.lists(st.text()),
        max_size=3,
    )
)
def test_any_event_is_a_request_or_an_error(event: Mapping[str, Any]) -> None:
    try:
        request = parse_event(event, NOW)
    except ConfigurationError:
        return

    assert request.period.start <= NOW


FIXED = {"period": "2026-10", "scheduled_time": SCHEDULED}
"""What the plan step fixes for the steps after it."""

EXECUTION = "arn:aws:states:eu-central-1:123456789012:execution:iflow-census-fan-out:first"


@pytest.mark.parametrize(
    "event",
    [
        {"step": "plan", "execution": EXECUTION},
        {"step": "plan", "execution": EXECUTION, "action": "checkpoint", "tenants": ["dev"]},
        {**FIXED, "step": "scan", "tenants": ["prod"]},
        {**FIXED, "step": "scan", "tenants": ["prod"], "action": "checkpoint"},
        {**FIXED, "step": "publish"},
        {**FIXED, "step": "leanix", "tenants": ["prod"], "leanix": True},
        {**FIXED, "step": "leanix", "tenants": ["prod"], "leanix": "test"},
        {**FIXED, "step": "finish", "leanix": True},
    ],
)
def test_step_with_what_its_plan_fixed_is_accepted(event: Mapping[str, Any]) -> None:
    assert parse_event(event, NOW).step == event["step"]


@pytest.mark.parametrize(
    ("event", "error"),
    [
        ({"step": "plan"}, "execution: step plan needs it"),
        ({"execution": EXECUTION}, "execution: step plan needs it, and nothing else takes it"),
        ({"step": "plan", "execution": EXECUTION, "action": "verify"}, "verify has no steps"),
        ({**FIXED, "step": "publish", "action": "verify"}, "step: verify has no steps"),
        ({**FIXED, "step": "leanix"}, "step: leanix needs a census with leanix true or test"),
        ({**FIXED, "step": "leanix", "leanix": False}, "step: leanix needs a census"),
        (
            {**FIXED, "step": "leanix", "leanix": True, "action": "checkpoint"},
            "step: leanix needs a census",
        ),
        ({**FIXED, "step": "finish"}, "step: finish needs a census with leanix true or test"),
        ({**FIXED, "step": "scan"}, "step scan takes exactly one tenant"),
        ({**FIXED, "step": "scan", "tenants": ["dev", "prod"]}, "step scan takes exactly one"),
        ({**FIXED, "step": "leanix", "leanix": True}, "step leanix takes exactly one tenant"),
        ({**FIXED, "step": "publish", "tenants": ["dev"]}, "step publish takes those of the plan"),
        *(
            (
                {**FIXED, "step": step, "leanix": True, key: None},
                f"{key} is missing; step {step} takes an event of step plan",
            )
            for step in ("scan", "publish", "leanix", "finish")
            for key in FIXED
        ),
    ],
)
def test_step_without_what_its_plan_fixed_is_refused(event: Mapping[str, Any], error: str) -> None:
    assert error in message(event)


@pytest.mark.parametrize("event", [{}, {"formats": ["json"], "tenants": ["dev"], "leanix": "test"}])
def test_events_of_the_steps_are_accepted(event: Mapping[str, Any]) -> None:
    request = parse_event({**event, "step": "plan", "execution": EXECUTION}, NOW)

    for name, planned in request.steps(leanix=True).items():
        tenants = {"tenants": ["dev"]} if name in ("scan", "leanix") else {}
        step = parse_event(json.loads(json.dumps({**planned, **tenants})), NOW)
        assert (step.step, step.run_id, step.period) == (name, request.run_id, request.period)
        if name in ("publish", "finish"):
            assert step.formats == request.formats
        if name in ("leanix", "finish"):
            assert step.leanix == (request.leanix or True)


REQUEST = parse_event({}, NOW)


def test_all_tenants_are_selected_by_default() -> None:
    assert REQUEST.select_tenants({"prod": 1, "dev": 2}) == ["dev", "prod"]


def test_tenant_named_twice_is_scanned_once() -> None:
    named = replace(REQUEST, tenants=["prod", "dev", "prod"])

    assert named.select_tenants({"prod", "dev", "test"}) == ["dev", "prod"]


@pytest.mark.parametrize("name", ["Prod", "", "prod ", "pro"])
def test_unknown_tenant_is_named_with_the_known_ones(name: str) -> None:
    named = replace(REQUEST, tenants=["dev", name])

    with pytest.raises(ConfigurationError) as caught:
        named.select_tenants(["prod", "dev"])

    assert str(caught.value) == f"unknown tenant {name!r}; known tenants: dev, prod"


@pytest.mark.parametrize("event", [{"tenants": ["dev"]}, {"formats": ["json"]}])
def test_event_survives_json(event: Mapping[str, Any]) -> None:
    assert parse_event(json.loads(json.dumps(event)), NOW) == parse_event(event, NOW)


def test_period_can_be_named_relative_to_the_run() -> None:
    month = parse_event({"period": "last-month"}, NOW)
    window = parse_event({"period": "last-30-days"}, NOW)

    assert month.period == parse_event({}, NOW).period
    assert isinstance(window.period, RollingWindow)
    assert window.period.end <= NOW
    assert str(window.period) == "last-30-days"


def test_steps_of_a_rolling_window_count_the_same_window() -> None:
    request = parse_event({"period": "last-30-days"}, NOW)

    scan = parse_event({**request.steps(leanix=False)["scan"], "tenants": ["a"]}, NOW)

    assert scan.period == request.period


@pytest.mark.parametrize(
    ("event", "message"),
    [
        ({"action": "checkpoint"}, "event: period: a checkpoint is of a month"),
        ({"action": "verify"}, "event: period: a verify is of a month"),
        ({"formats": ["classic-csv"]}, "classic-csv is only written for a month"),
    ],
)
def test_what_needs_a_month_rejects_a_window(event: dict[str, object], message: str) -> None:
    with pytest.raises(ConfigurationError, match=message):
        parse_event({"period": "last-30-days", **event}, NOW)
