"""Checkpoints and the census with a clock that moves over the month."""

import json
from collections.abc import Callable
from datetime import UTC, datetime

import boto3
import pytest

from iflow_census.errors import ConfigurationError
from iflow_census.scan import counting
from tests.clock import FakeClock
from tests.functional.events import CHECKPOINT, SCHEDULE
from tests.functional.lambda_rig import BUCKET, Rig
from tests.functional.mailbox import Mailbox
from tests.functional.tenants import differences, simulated, tenant, whole_truth
from tests.simulators.cloud_integration import Fault, FaultKind

MakeRig = Callable[..., Rig]
LEDGER = "ledger/period=2026-10/prod.json"


@pytest.fixture
def clock() -> FakeClock:
    """The 16th of October 2026, 00:30 UTC, when the second schedule starts."""
    return FakeClock(datetime(2026, 10, 16, 0, 30, tzinfo=UTC))


def to_november(clock: FakeClock) -> None:
    clock.advance((datetime(2026, 11, 1, 0, 30, tzinfo=UTC) - clock.now()).total_seconds())


def test_both_schedules_make_a_31_day_month_complete(rig: MakeRig, clock: FakeClock) -> None:
    prod = simulated(clock)
    aws = rig(prod=prod)

    aws.invoke(CHECKPOINT)
    to_november(clock)
    aws.invoke(SCHEDULE)

    report, truth = aws.report(), whole_truth(prod.landscape, now=clock.now())
    assert tenant(report, "prod")["coverage"] == {
        "from": "2026-10-01T00:00:00.000Z",
        "to": "2026-11-01T00:00:00.000Z",
        "complete": True,
        "percent": 100,
        "reason": None,
    }
    assert tenant(report, "prod")["totals"] == truth["totals"]
    assert differences(report["iflows"], truth) == []


@pytest.mark.parametrize("counts_per_page", [1, 10_000], ids=["read all", "count each"])
def test_each_day_has_the_messages_that_started_on_it(
    rig: MakeRig, clock: FakeClock, monkeypatch: pytest.MonkeyPatch, counts_per_page: int
) -> None:
    monkeypatch.setattr(counting, "COUNTS_PER_PAGE", counts_per_page)
    prod = simulated(clock)
    aws = rig(prod=prod)

    aws.invoke(CHECKPOINT)
    to_november(clock)
    aws.invoke(SCHEDULE)

    found = tenant(aws.report(), "prod")
    truth = whole_truth(prod.landscape, now=clock.now())["messages_per_day"]
    assert found["messages_per_day"] == list(truth.values())
    assert sum(truth.values()) == found["totals"]["messages"]


def test_days_missing_from_an_old_ledger_are_unknown(rig: MakeRig, clock: FakeClock) -> None:
    prod = simulated(clock)
    aws = rig(prod=prod)
    aws.invoke(CHECKPOINT)
    ledger = aws.json(LEDGER)
    for window in ledger["windows"]:
        del window["days"]
    boto3.client("s3").put_object(Bucket=BUCKET, Key=LEDGER, Body=json.dumps(ledger).encode())
    to_november(clock)

    aws.invoke(SCHEDULE)

    found = tenant(aws.report(), "prod")
    truth = list(whole_truth(prod.landscape, now=clock.now())["messages_per_day"].values())
    assert found["coverage"]["complete"] is True
    assert found["messages_per_day"] == [None] * 16 + truth[16:]


def test_days_with_deleted_logs_are_unknown(rig: MakeRig, clock: FakeClock) -> None:
    prod = simulated(clock)
    aws = rig(prod=prod)
    to_november(clock)

    aws.invoke(SCHEDULE)

    found = tenant(aws.report(), "prod")
    truth = list(whole_truth(prod.landscape, now=clock.now())["messages_per_day"].values())
    assert found["coverage"]["from"] == "2026-10-02T01:30:00.000Z"
    assert found["messages_per_day"] == [None, None, *truth[2:]]


def test_second_checkpoint_counts_only_new_windows(rig: MakeRig, clock: FakeClock) -> None:
    prod = simulated(clock)
    aws = rig(prod=prod)

    result = aws.invoke(CHECKPOINT)
    clock.advance(5 * 86400)
    aws.invoke({**CHECKPOINT, "scheduled_time": "2026-10-21T00:30:00Z"})

    assert result["manifest"] is None
    assert not [key for key in aws.files() if key.startswith("reports/")]
    windows = aws.json(LEDGER)["windows"]
    assert [(window["start"], window["end"]) for window in windows] == [
        ("2026-10-01T00:00:00+00:00", "2026-10-16T00:25:00+00:00"),
        ("2026-10-16T00:25:00+00:00", windows[1]["end"]),
    ]


def test_repeated_checkpoint_sends_no_request(rig: MakeRig, clock: FakeClock) -> None:
    prod = simulated(clock)
    aws = rig(prod=prod)
    first = aws.invoke(CHECKPOINT)
    prod.reset()

    second = aws.invoke(CHECKPOINT)

    assert prod.requests == []
    assert second["tenants"][0]["messages"] == first["tenants"][0]["messages"]


def test_census_repeated_days_later_loses_nothing(rig: MakeRig, clock: FakeClock) -> None:
    prod = simulated(clock)
    aws = rig(prod=prod)
    aws.invoke(CHECKPOINT)
    to_november(clock)
    aws.invoke(SCHEDULE)
    clock.advance(20 * 86400)

    aws.invoke({"period": "2026-10"})

    report = aws.report()
    assert tenant(report, "prod")["coverage"]["complete"] is True
    truth = whole_truth(prod.landscape, now=datetime(2026, 11, 1, 0, 30, tzinfo=UTC))
    assert tenant(report, "prod")["totals"] == truth["totals"]


@pytest.mark.parametrize(
    "content",
    [
        b"\xff not json",
        b'{"schema": "other/ledger/v9", "tenant": "prod", "period": "2026-10"}',
        json.dumps(
            {
                "schema": "iflow-census/ledger/v1",
                "tenant": "dev",
                "period": "2026-10",
                "windows": [],
            }
        ).encode(),
    ],
    ids=["no JSON", "another schema", "another tenant"],
)
def test_unreadable_ledger_is_set_aside(rig: MakeRig, clock: FakeClock, content: bytes) -> None:
    prod = simulated(clock)
    aws = rig(prod=prod)
    boto3.client("s3").put_object(Bucket=BUCKET, Key=LEDGER, Body=content)
    to_november(clock)

    aws.invoke(SCHEDULE)

    coverage = tenant(aws.report(), "prod")["coverage"]
    assert "the ledger could not be read" in coverage["reason"]
    aside = [key for key in aws.files() if ".damaged-" in key]
    assert [aws.read(key) for key in aside] == [content]
    assert aside[0] in coverage["reason"]
    assert aws.json(LEDGER)["tenant"] == "prod"


@pytest.mark.usefixtures("_notice_topic")
def test_notice_of_the_month_names_a_ledger_that_was_damaged(
    rig: MakeRig, clock: FakeClock
) -> None:
    aws = rig(prod=simulated(clock))
    mailbox = Mailbox()
    boto3.client("s3").put_object(Bucket=BUCKET, Key=LEDGER, Body=b'{"schema": ' + b"[" * 100_000)

    aws.invoke(CHECKPOINT)
    to_november(clock)
    aws.invoke(SCHEDULE)

    ((_, text),) = mailbox.notices()
    assert "the ledger could not be read" in text
    assert f"was copied to {LEDGER}.damaged-" in text


@pytest.mark.parametrize("event", [CHECKPOINT, SCHEDULE], ids=["checkpoint", "census"])
def test_ledger_of_a_newer_version_stops_the_run_and_stays(
    rig: MakeRig, clock: FakeClock, event: dict[str, str]
) -> None:
    aws = rig(prod=simulated(clock))
    body = b'{"schema": "iflow-census/ledger/v2", "version": "9.1.0", "windows": []}'
    boto3.client("s3").put_object(Bucket=BUCKET, Key=LEDGER, Body=body)
    if event is SCHEDULE:
        to_november(clock)

    with pytest.raises(ConfigurationError, match=r"deploy version 9\.1\.0 or later"):
        aws.invoke(event)

    assert aws.read(LEDGER) == body
    assert not any(".damaged-" in key for key in aws.files())


def test_retry_completes_a_failed_checkpoint(rig: MakeRig, clock: FakeClock) -> None:
    prod = simulated(clock)
    aws = rig(prod=prod)
    down = prod.faults.add(Fault(FaultKind.UNAVAILABLE, family="message-logs"))

    with pytest.raises(Exception, match="HTTP 503"):
        aws.invoke(CHECKPOINT)
    assert LEDGER not in aws.files()
    prod.faults.remove(down)
    aws.invoke(CHECKPOINT)

    assert len(aws.json(LEDGER)["windows"]) == 1
