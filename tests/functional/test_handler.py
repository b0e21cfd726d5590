"""The Lambda, from the schedule's event to the files in S3, and what bad input gets."""

import csv
import hashlib
import io
import json
import threading
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import boto3
import pytest

from iflow_census.errors import CensusError, CensusIncomplete, ConfigurationError
from tests.clock import FakeClock
from tests.functional.events import SCHEDULE, event
from tests.functional.lambda_rig import BUCKET, PREFIX, Rig
from tests.functional.tenants import covered_truth, differences, of_tenant, simulated, small, tenant

MakeRig = Callable[..., Rig]


def test_census_reports_the_truth_of_every_tenant(rig: MakeRig, clock: FakeClock) -> None:
    aws = rig(
        dev=simulated(clock, small(variant="dev")),
        prod=simulated(clock, small(variant="prod")),
    )

    result = aws.invoke(SCHEDULE)

    assert result["status"] == "complete"
    assert result["period"] == "2026-10"
    assert result["run_id"] == "20261101T003000Z"
    assert result["manifest"] == f"s3://{BUCKET}/reports/period=2026-10/manifest.json"
    report = aws.report()
    for name, simulated_tenant in aws.tenants.items():
        truth = covered_truth(simulated_tenant, report)
        assert differences(of_tenant(report, name), truth, usage=False) == []
        expected = {**truth["totals"], "unused": 0}
        assert tenant(report, name)["totals"] == expected


def test_zero_is_unknown_where_sap_has_deleted_logs(rig: MakeRig, clock: FakeClock) -> None:
    aws = rig(prod=simulated(clock))

    aws.invoke(SCHEDULE)

    report = aws.report()
    coverage = tenant(report, "prod")["coverage"]
    assert coverage["complete"] is False
    assert coverage["from"] == "2026-10-02T01:30:00.000Z"
    assert "30 days" in coverage["reason"]
    assert {row["usage"] for row in report["iflows"]} == {"USED", "UNKNOWN"}


def test_leap_february_is_complete(rig: MakeRig, clock: FakeClock) -> None:
    march = datetime(2028, 3, 1, 0, 30, tzinfo=UTC)
    clock.advance((march - clock.now()).total_seconds())
    aws = rig(prod=simulated(clock, small(months=((2028, 2),))))

    result = aws.invoke({"scheduled_time": march.isoformat()})

    assert result["period"] == "2028-02"
    report = aws.report("2028-02")
    assert report["period"]["to"] == "2028-03-01T00:00:00.000Z"
    assert tenant(report, "prod")["coverage"]["complete"] is True
    assert differences(report["iflows"], covered_truth(aws.tenants["prod"], report)) == []


def test_manifest_matches_every_file(rig: MakeRig, clock: FakeClock) -> None:
    aws = rig(prod=simulated(clock))
    formats = ["csv", "json", "classic-csv", "classic-json"]

    aws.invoke({**SCHEDULE, "formats": formats})

    manifest = aws.manifest()
    assert [file["format"] for file in manifest["files"]] == formats
    for file in manifest["files"]:
        body = aws.read(file["key"], file["version_id"])
        assert hashlib.sha256(body).hexdigest() == file["sha256"]
        assert len(body) == file["bytes"]
    rows_of_all = aws.report()["iflows"]
    designed = [row for row in rows_of_all if not row["orphan"]]
    assert [file["rows"] for file in manifest["files"]] == [
        *[len(rows_of_all)] * 2,
        *[len(designed)] * 2,
    ]
    rows = list(csv.reader(io.StringIO(aws.read("reports/period=2026-10/report.csv").decode())))
    assert len(rows) == 1 + len(rows_of_all)
    assert aws.json("reports/latest.json")["period"] == "2026-10"


def test_only_named_tenants_are_scanned(rig: MakeRig, clock: FakeClock) -> None:
    aws = rig(dev=simulated(clock, small(2)), prod=simulated(clock, small(3)))
    aws.invoke(SCHEDULE)
    before = aws.report()
    aws.tenants["prod"].reset()

    result = aws.invoke({"period": "2026-10", "tenants": ["dev"]})

    assert aws.tenants["prod"].requests == []
    assert result["status"] == "complete"
    assert of_tenant(aws.report(), "prod") == of_tenant(before, "prod")
    assert tenant(aws.report(), "prod") == {**tenant(before, "prod"), "carried_over": True}


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"perod": "2026-10"}, "unknown key 'perod'"),
        ({"period": "2026-13"}, "period '2026-13': not a month"),
        ({"period": "October"}, "period 'October': not a month"),
        ({"period": "2027-01"}, "period 2027-01: it is in the future"),
        ({"tenants": ["nobody"]}, "unknown tenant 'nobody'; known tenants: prod"),
        ({"formats": ["pdf"]}, "unknown format 'pdf'"),
        ({"action": "cencus"}, "event: action"),
        ({"scheduled_time": "yesterday"}, "event: scheduled_time"),
    ],
)
def test_invalid_event_is_rejected_with_the_reason(
    rig: MakeRig, clock: FakeClock, given: dict[str, Any], message: str
) -> None:
    aws = rig(prod=simulated(clock))

    with pytest.raises(ConfigurationError) as caught:
        aws.invoke(given)

    assert message in str(caught.value)
    assert aws.files() == []


@pytest.mark.parametrize(
    ("secret", "message"),
    [
        ("not json at all", "secret iflow-census/tenants/broken: not valid JSON"),
        ('{"oauth": {"clientid": "c"}}', "'url' is missing"),
        (
            '{"oauth": {"clientid": "c", "clientsecret": "hush", "url": "http://a.example", '
            '"tokenurl": "https://a.example/oauth/token"}}',
            "'url' must start with https://",
        ),
        (
            '{"oauth": {"clientid": "c", "clientsecret": "hush", '
            '"url": "https://t.it-cpi018-rt.cfapps.eu10.hana.ondemand.com", '
            '"tokenurl": "https://a.example/oauth/token"}}',
            "plan 'integration-flow'",
        ),
    ],
)
def test_bad_secret_fails_only_its_tenant(
    rig: MakeRig, clock: FakeClock, secret: str, message: str
) -> None:
    aws = rig(prod=simulated(clock))
    boto3.client("secretsmanager").create_secret(
        Name=f"{PREFIX}/tenants/broken", SecretString=secret
    )

    with pytest.raises(CensusIncomplete) as caught:
        aws.invoke(SCHEDULE)

    broken, prod = json.loads(str(caught.value))["tenants"]
    assert broken["status"] == "failed"
    assert message in broken["error"]
    assert "hush" not in str(caught.value)
    assert prod["status"] == "complete"


def test_missing_tenants_are_explained(rig: MakeRig) -> None:
    aws = rig()

    with pytest.raises(ConfigurationError, match="iflow-census/tenants/<name>"):
        aws.invoke(SCHEDULE)


def test_missing_bucket_is_named_before_any_request(
    rig: MakeRig, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    aws = rig(prod=simulated(clock))
    monkeypatch.setenv("IFLOW_CENSUS_BUCKET", "no-such-bucket")

    with pytest.raises(ConfigurationError, match=r"s3://no-such-bucket/.* not found"):
        aws.invoke(SCHEDULE)

    assert aws.tenants["prod"].requests == []


def test_invalid_setting_is_named(
    rig: MakeRig, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    aws = rig(prod=simulated(clock))
    monkeypatch.setenv("IFLOW_CENSUS_TENANTS_AT_ONCE", "many")

    with pytest.raises(ConfigurationError, match="IFLOW_CENSUS_TENANTS_AT_ONCE"):
        aws.invoke(SCHEDULE)


def test_missing_role_is_named(rig: MakeRig, clock: FakeClock) -> None:
    aws = rig(prod=simulated(clock, roles={"WorkspacePackagesRead"}))

    with pytest.raises(CensusIncomplete, match="lacks the role MonitoringDataRead"):
        aws.invoke(SCHEDULE)


def test_verification_fails_only_without_a_complete_report(rig: MakeRig, clock: FakeClock) -> None:
    aws = rig(prod=simulated(clock))
    watch = event("verify.json")
    clock.advance(36 * 3600)

    with pytest.raises(CensusIncomplete, match="report of 2026-10: missing"):
        aws.invoke(watch)
    aws.invoke(SCHEDULE)
    result = aws.invoke(watch)

    assert result["status"] == "complete"


def test_no_secret_is_in_logs_files_or_errors(
    rig: MakeRig, clock: FakeClock, capfd: pytest.CaptureFixture[str]
) -> None:
    dev = simulated(clock)
    prod = simulated(clock)
    aws = rig(dev=dev, prod=prod)
    prod.roles.clear()
    message = ""

    try:
        aws.invoke(SCHEDULE)
    except CensusError as error:
        message = str(error)

    out, err = capfd.readouterr()
    files = [aws.read(key).decode("utf-8", "replace") for key in aws.files()]
    assert message
    assert len(files) > 3
    for secret in aws.secrets():
        assert secret not in message + out + err
        assert not any(secret in text for text in files)


def test_run_leaves_no_thread_behind(rig: MakeRig, clock: FakeClock) -> None:
    aws = rig(prod=simulated(clock))

    aws.invoke(SCHEDULE)

    names = {thread.name for thread in threading.enumerate()}
    assert not [name for name in names if name.startswith(("census", "design-time", "tenant"))]


def test_report_is_compared_with_the_previous_month(rig: MakeRig, clock: FakeClock) -> None:
    prod = simulated(clock, small(months=((2026, 10), (2026, 11))))
    aws = rig(prod=prod)
    aws.invoke(SCHEDULE)
    december = datetime(2026, 12, 1, 0, 30, tzinfo=UTC)
    clock.advance((december - clock.now()).total_seconds())

    aws.invoke({"scheduled_time": december.isoformat()})

    assert aws.report("2026-11")["changes"]["compared_with"]["month"] == "2026-10"
