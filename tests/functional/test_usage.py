"""UNUSED in every output: the same iFlows, each proven to be idle throughout the month."""

import csv
import gzip
import io
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from openpyxl import load_workbook
from typer.testing import CliRunner

from iflow_census.cli.commands import app
from tests.clock import FakeClock
from tests.functional.events import CHECKPOINT, SCHEDULE
from tests.functional.lambda_rig import BUCKET, Rig
from tests.functional.mailbox import Mailbox
from tests.functional.tenants import simulated, small, tenant
from tests.simulators.cloud_integration import SimulatedTenant
from tests.simulators.cloud_integration.landscape import to_ms

MakeRig = Callable[..., Rig]
SEPTEMBER_RUN = {"action": "census", "scheduled_time": "2026-10-01T00:30:00Z"}
FORMATS = ["csv", "json", "jsonl", "html", "xlsx"]
AUGUST = datetime(2026, 8, 1, tzinfo=UTC)


def moment(day: int, hour: int = 0) -> datetime:
    return datetime(2026, 10, day, hour, tzinfo=UTC)


def go_to(clock: FakeClock, moment: datetime) -> None:
    clock.advance((moment - clock.now()).total_seconds())


@pytest.fixture
def clock() -> FakeClock:
    """The 1st of October 2026, 00:30 UTC, when September's report is made."""
    return FakeClock(datetime(2026, 10, 1, 0, 30, tzinfo=UTC))


def idle_tenant(clock: FakeClock) -> SimulatedTenant:
    """A tenant in which one iFlow is deployed since August, and has no messages."""
    landscape = small(packages=1, iflows_per_package=1, orphans=0, messages_per_iflow=0)
    iflow = landscape.iflows[0]
    deployed = [item for item in landscape.runtime_artifacts if item.id == iflow.id]
    return simulated(
        clock,
        replace(
            landscape,
            runtime_artifacts=tuple(
                replace(item, status="STARTED", deployed_on=to_ms(AUGUST)) for item in deployed
            ),
            messages=(),
        ),
    )


def redeploy(simulated_tenant: SimulatedTenant, deployed_on: datetime) -> None:
    """Deploy the iFlow again: SAP's list has only the new date."""
    landscape = simulated_tenant.landscape
    simulated_tenant.set_landscape(
        replace(
            landscape,
            runtime_artifacts=tuple(
                replace(item, deployed_on=to_ms(deployed_on))
                for item in landscape.runtime_artifacts
            ),
        )
    )


def october(aws: Rig) -> Mapping[str, Any]:
    """Run the census of October, and return the only row."""
    go_to(aws.clock, datetime(2026, 11, 1, 0, 30, tzinfo=UTC))
    aws.invoke(SCHEDULE)
    row: Mapping[str, Any]
    (row,) = aws.report()["iflows"]
    return row


def test_iflow_deployed_throughout_the_month_is_unused(rig: MakeRig, clock: FakeClock) -> None:
    aws = rig(prod=idle_tenant(clock))

    go_to(clock, moment(16))
    aws.invoke(CHECKPOINT)
    row = october(aws)

    assert (row["usage"], row["messages"]) == ("UNUSED", 0)


def test_iflow_deployed_hours_before_the_month_ends_is_unknown(
    rig: MakeRig, clock: FakeClock
) -> None:
    prod = idle_tenant(clock)
    aws = rig(prod=prod)

    redeploy(prod, moment(31, 20))
    go_to(clock, moment(16))
    aws.invoke(CHECKPOINT)
    row = october(aws)

    assert row["usage"] == "UNKNOWN"
    assert row["usage_reason"] == "deployed on 2026-10-31, no message in the 4 hours since"


def test_checkpoint_shows_what_was_deployed_before(rig: MakeRig, clock: FakeClock) -> None:
    prod = idle_tenant(clock)
    aws = rig(prod=prod)

    go_to(clock, moment(16))
    aws.invoke(CHECKPOINT)
    redeploy(prod, moment(20))

    assert october(aws)["usage"] == "UNUSED"


def test_last_report_shows_what_was_deployed_before(rig: MakeRig, clock: FakeClock) -> None:
    prod = idle_tenant(clock)
    aws = rig(prod=prod)

    aws.invoke(SEPTEMBER_RUN)
    redeploy(prod, moment(5))
    go_to(clock, moment(16))
    aws.invoke(CHECKPOINT)

    assert october(aws)["usage"] == "UNUSED"


def test_damaged_snapshot_of_last_month_proves_nothing(rig: MakeRig, clock: FakeClock) -> None:
    aws = rig(prod=idle_tenant(clock))

    aws.invoke(SEPTEMBER_RUN)
    aws.write("history/period=2026-09/prod.json.gz", b'{"schema": "cut')
    go_to(clock, moment(16))
    aws.invoke(CHECKPOINT)
    row = october(aws)

    assert (row["usage"], row["log_level"]) == ("UNKNOWN", "UNKNOWN")
    assert "the log level is not known" in row["usage_reason"]


@pytest.mark.usefixtures("_notice_topic")
def test_every_place_has_the_same_number(rig: MakeRig, clock: FakeClock) -> None:
    aws = rig(prod=simulated(clock, small(packages=8, iflows_per_package=6)))
    mailbox = Mailbox()
    aws.invoke(SEPTEMBER_RUN)
    go_to(clock, moment(16))
    aws.invoke(CHECKPOINT)
    go_to(clock, datetime(2026, 11, 1, 0, 30, tzinfo=UTC))
    mailbox.notices()
    aws.invoke({**SCHEDULE, "formats": FORMATS})
    report, files = aws.report(), "reports/period=2026-10/report."
    unused = {row["iflow_id"] for row in report["iflows"] if row["usage"] == "UNUSED"}
    assert 2 < len(unused) < len(report["iflows"])
    assert {row["usage"] for row in report["iflows"]} == {
        "USED",
        "UNUSED",
        "UNKNOWN",
        "NOT_DEPLOYED",
    }

    lines = list(csv.DictReader(io.StringIO(aws.read(f"{files}csv").decode("utf-8-sig"))))
    jsonl = [json.loads(line) for line in aws.read(f"{files}jsonl").splitlines()]
    table = gzip.decompress(aws.read("tables/iflows/period=2026-10/prod.jsonl.gz")).splitlines()
    page = aws.read(f"{files}html").decode()
    (data,) = re.findall(r'<script type="application/json" id="data">(.*?)</script>', page)
    book = load_workbook(io.BytesIO(aws.read(f"{files}xlsx")))
    listed = CliRunner().invoke(app, ["report", "unused", "2026-10", "--bucket", BUCKET, "--json"])
    ((_, notice),) = mailbox.notices()

    assert tenant(report, "prod")["totals"]["unused"] == len(unused)
    assert {iflow["iflow_id"] for iflow in report["unused"]["iflows"]} == unused
    assert sum(line["usage"] == "UNUSED" for line in lines) == len(unused)
    assert sum(line["usage"] == "UNUSED" for line in jsonl) == len(unused)
    assert sum(json.loads(line)["usage"] == "UNUSED" for line in table) == len(unused)
    assert len(json.loads(data)["unused"]) == len(unused)
    assert _column(book["iFlows"], "Usage").count("UNUSED") == len(unused)
    assert len(set(_column(book["Unused"], "iFlow id")) & unused) == len(unused)
    assert sum(_column(book["Packages"], "Unused")) == len(unused)
    assert sum(_column(book["Tenants"], "Unused")) == len(unused)
    assert {iflow["iflow_id"] for iflow in json.loads(listed.stdout)["unused"]["iflows"]} == unused
    assert f" {len(unused)} unused" in notice


def _column(sheet: Any, label: str) -> list[Any]:
    header, *rows = sheet.iter_rows(values_only=True)
    position = header.index(label)
    return [row[position] for row in rows if row[position] is not None]
