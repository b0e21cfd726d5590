"""The notice after a run, from the real handler through SNS into a queue."""

import json
import socket
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

import boto3
import pytest
import requests
from moto.core import models

from iflow_census.errors import CensusIncomplete
from tests.aws_clients import cached_client
from tests.clock import FakeClock
from tests.functional.events import CHECKPOINT, SCHEDULE
from tests.functional.lambda_rig import BUCKET, Rig
from tests.functional.mailbox import TOPIC, Mailbox
from tests.functional.tenants import simulated, small
from tests.simulators.cloud_integration import Fault, FaultKind
from tests.simulators.http_server import HttpServer, Response

MakeRig = Callable[..., Rig]
FOLDER = f"s3://{BUCKET}/reports/period=2026-10/"
BAD_NAME = "Orders\r\nREPORT\r\nreport.csv  https://evil.example/\x1b[2J\u202e" + "x" * 1000


def not_sent(caplog: pytest.LogCaptureFixture) -> list[str]:
    """Why notices were not sent, by the log."""
    records = [record for record in caplog.records if record.message == "notice not sent"]
    return [str(getattr(record, "error", "")) for record in records]


@pytest.mark.usefixtures("_notice_topic")
def test_census_sends_one_notice(rig: MakeRig, clock: FakeClock) -> None:
    aws = rig(dev=simulated(clock, small(2)), prod=simulated(clock))
    mailbox = Mailbox()

    aws.invoke(SCHEDULE)

    ((subject, text),) = mailbox.notices()
    assert subject == "iFlow census 2026-10: 2 tenants, complete"
    for tenant in aws.report()["tenants"]:
        totals = tenant["totals"]
        assert f"{tenant['name']}: {totals['iflows']} iFlows, {totals['deployed']} deployed" in text
    assert "SAP keeps message logs for 30 days" in text
    console = "https://eu-central-1.console.aws.amazon.com/s3"
    key = "region=eu-central-1&prefix=reports/period%3D2026-10/"
    assert f"report.json  {console}/object/{BUCKET}?{key}report.json" in text.splitlines()
    assert f"all files    {console}/buckets/{BUCKET}?{key}" in text.splitlines()
    assert not any(secret in text for secret in aws.secrets())


@pytest.mark.usefixtures("_notice_topic")
def test_notice_lists_changes_above_the_thresholds(
    rig: MakeRig, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("IFLOW_CENSUS_MESSAGE_FACTOR", "1.01")
    monkeypatch.setenv("IFLOW_CENSUS_MESSAGE_FLOOR", "1")
    prod = simulated(clock, small(months=((2026, 11), (2026, 12))))
    aws = rig(prod=prod)
    mailbox = Mailbox()
    for month, following in (("2026-11", "2026-12-01"), ("2026-12", "2027-01-01")):
        _at(aws, "checkpoint", f"{month}-16T00:30:00Z")
        _at(aws, "census", f"{following}T00:30:00Z")

    _, (_, text) = mailbox.notices()
    changes = aws.report("2026-12")["changes"]
    moved = changes["tenants"][0]["counts"]["messages_moved"]
    assert changes["thresholds"] == {"message_factor": 1.01, "message_floor": 1}
    assert moved > 5
    assert "CHANGES SINCE 2026-11" in text
    assert f"{moved} volume changed" in text
    assert "PROBLEMS" not in text


def _at(aws: Rig, action: str, moment: str) -> None:
    aws.clock.advance((datetime.fromisoformat(moment) - aws.clock.now()).total_seconds())
    aws.invoke({"action": action, "scheduled_time": moment})


@pytest.mark.usefixtures("_notice_topic")
def test_repeated_event_sends_no_second_notice(rig: MakeRig, clock: FakeClock) -> None:
    aws = rig(prod=simulated(clock))
    mailbox = Mailbox()
    aws.invoke(SCHEDULE)

    aws.invoke(SCHEDULE)
    clock.advance(3600)
    aws.invoke(SCHEDULE)

    assert len(mailbox.notices()) == 1


@pytest.mark.usefixtures("_notice_topic")
def test_concurrent_deliveries_send_one_notice(rig: MakeRig, clock: FakeClock) -> None:
    prod = simulated(clock)
    aws = rig(prod=prod)
    mailbox = Mailbox()
    prod.latency = 0.01

    aws.at_once(lambda: aws.invoke(SCHEDULE))

    assert len(mailbox.notices()) == 1


@pytest.mark.usefixtures("_notice_topic")
def test_partial_run_and_better_retry_send_a_notice_each(rig: MakeRig, clock: FakeClock) -> None:
    dev = simulated(clock, small(2))
    aws = rig(dev=dev, prod=simulated(clock))
    mailbox = Mailbox()
    down = dev.faults.add(Fault(FaultKind.UNAVAILABLE, family="runtime"))

    for _ in range(2):
        with pytest.raises(CensusIncomplete):
            aws.invoke(SCHEDULE)
        clock.advance(60)
    ((subject, text),) = mailbox.notices()
    dev.faults.remove(down)
    aws.invoke(SCHEDULE)

    assert subject == "iFlow census 2026-10: INCOMPLETE: dev"
    assert "- dev: the scan failed, so the report has no data of this tenant." in text
    assert "HTTP 503" in text
    assert [one for one, _ in mailbox.notices()] == ["iFlow census 2026-10: 2 tenants, complete"]


@pytest.mark.usefixtures("_notice_topic")
def test_next_delivery_sends_a_lost_notice(rig: MakeRig, clock: FakeClock) -> None:
    aws = rig(prod=simulated(clock))
    mailbox = Mailbox()
    aws.invoke(SCHEDULE)
    (first,) = mailbox.notices()
    notice, lease = sorted(key for key in aws.files() if "/notices/" in key)
    content = aws.json(lease)
    content["content"] |= {"owner": "killed", "released": False}
    aws.write(lease, json.dumps(content).encode())
    aws.delete(notice)
    too_early = aws.invoke(SCHEDULE)
    none = mailbox.notices()
    clock.advance(60)

    aws.invoke(SCHEDULE)

    assert too_early["status"] == "complete"
    assert (none, mailbox.notices()) == ([], [first])


@pytest.mark.usefixtures("_notice_topic")
def test_later_run_of_the_month_sends_its_own_notice(rig: MakeRig, clock: FakeClock) -> None:
    aws = rig(prod=simulated(clock))
    mailbox = Mailbox()
    aws.invoke(SCHEDULE)
    clock.advance(3600)

    aws.invoke({"period": "2026-10"})

    assert len(mailbox.notices()) == 2


@pytest.mark.usefixtures("_notice_topic")
def test_checkpoint_notifies_only_of_failures(rig: MakeRig, clock: FakeClock) -> None:
    prod = simulated(clock)
    aws = rig(prod=prod)
    mailbox = Mailbox()
    clock.advance(15 * 86400)
    event = {**CHECKPOINT, "scheduled_time": "2026-11-16T00:30:00Z"}

    aws.invoke(event)
    silence = mailbox.notices()
    prod.faults.add(Fault(FaultKind.UNAVAILABLE, family="message-logs"))
    clock.advance(86400)
    with pytest.raises(CensusIncomplete):
        aws.invoke({**CHECKPOINT, "scheduled_time": "2026-11-17T00:30:00Z"})

    assert silence == []
    ((subject, text),) = mailbox.notices()
    assert subject == "iFlow census 2026-11: checkpoint INCOMPLETE: prod"
    assert "- prod: messages: " in text


@pytest.mark.usefixtures("_notice_topic")
def test_hostile_names_cannot_forge_lines_or_links(rig: MakeRig, clock: FakeClock) -> None:
    plain = small(awkward=False, packages=1, iflows_per_package=4)
    hostile = replace(
        plain,
        # A version that is not deployed puts the iFlow on the worklist.
        iflows=tuple(replace(iflow, name=BAD_NAME, version="9.9.9") for iflow in plain.iflows),
        name="prod",
    )
    aws = rig(prod=simulated(clock, hostile))
    mailbox = Mailbox()

    aws.invoke(SCHEDULE)

    ((subject, text),) = mailbox.notices()
    assert "Orders REPORT report.csv https: //evil.example/" in text
    assert text.splitlines().count("REPORT") == 1
    assert "https://evil" not in text
    assert not {"\x1b", "\u202e", "\r"} & set(subject + text)


def test_no_notice_without_a_topic(rig: MakeRig, clock: FakeClock) -> None:
    aws = rig(prod=simulated(clock))
    mailbox = Mailbox()

    aws.invoke(SCHEDULE)

    assert mailbox.notices() == []
    assert not [key for key in aws.files() if "/notices/" in key]


def test_missing_topic_does_not_affect_the_report(
    rig: MakeRig,
    clock: FakeClock,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("IFLOW_CENSUS_NOTICE_TOPIC", f"{TOPIC}-gone")
    aws = rig(prod=simulated(clock))

    result = aws.invoke(SCHEDULE)

    assert result["status"] == aws.manifest()["status"] == "complete"
    (why,) = not_sent(caplog)
    assert why.startswith(f"topic {TOPIC}-gone: not found (NotFound)")
    assert '"NoticesFailed":[1.0]' in capfd.readouterr().out


@pytest.mark.usefixtures("_notice_topic")
def test_next_delivery_notifies_after_sns_failed(
    rig: MakeRig,
    clock: FakeClock,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    aws = rig(prod=simulated(clock))
    mailbox = Mailbox()
    with socket.socket() as refusing, monkeypatch.context() as down:
        refusing.bind(("127.0.0.1", 0))  # reserves the port; without listen(), it refuses
        port = refusing.getsockname()[1]
        down.setattr(boto3, "client", boto3.Session().client)
        down.setenv("AWS_ENDPOINT_URL_SNS", f"http://127.0.0.1:{port}")
        result = aws.invoke(SCHEDULE)
    silence = mailbox.notices()
    aws.invoke(SCHEDULE)

    assert result["status"] == "complete"
    (reason,) = not_sent(caplog)
    assert reason.startswith(f"topic {TOPIC}: no connection to AWS (EndpointConnectionError); ")
    assert silence == []
    assert len(mailbox.notices()) == 1


@pytest.mark.parametrize("code", ["AuthorizationError", "KMSAccessDenied", "InternalError"])
@pytest.mark.usefixtures("_notice_topic")
def test_missing_topic_permission_is_named(
    rig: MakeRig,
    clock: FakeClock,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    code: str,
) -> None:
    aws = rig(prod=simulated(clock))
    body = f"<ErrorResponse><Error><Code>{code}</Code><Message>no</Message></Error></ErrorResponse>"

    with HttpServer(lambda _: Response(403, body.encode(), "text/xml")) as server:
        monkeypatch.setattr(boto3, "client", boto3.Session().client)
        monkeypatch.setenv("AWS_ENDPOINT_URL_SNS", server.url)
        result = aws.invoke(SCHEDULE)

    assert result["status"] == "complete"
    (why,) = not_sent(caplog)
    assert code in why
    assert ("the role needs sns:Publish" in why) is (code != "InternalError")


@pytest.mark.usefixtures("_notice_topic")
def test_links_are_presigned_only_if_configured(
    rig: MakeRig, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("IFLOW_CENSUS_NOTICE_LINK_SECONDS", "3600")
    # A link is opened with requests, which tests/aws_clients.py does not let moto mock.
    monkeypatch.setattr(models, "RESPONSES_METHODS", ["GET"])
    aws = rig(prod=simulated(clock))
    # Links depend on the options of the client, which the rig's clients ignore.
    monkeypatch.setattr(boto3, "client", cached_client)
    mailbox = Mailbox()

    aws.invoke(SCHEDULE)

    ((_, text),) = mailbox.notices()
    links = [line.split("  ", 1)[1].strip() for line in text.splitlines() if "X-Amz-" in line]
    assert len(links) == len(aws.manifest()["files"])
    assert all("X-Amz-Expires=3600" in link and "AWS4-HMAC-SHA256" in link for link in links)
    (report,) = [link for link in links if "/report.json?" in link]
    assert report.startswith(f"https://{BUCKET}.s3.eu-central-1.amazonaws.com/reports/")
    with models.responses_mock:
        assert requests.get(report, timeout=5).json() == aws.report()
