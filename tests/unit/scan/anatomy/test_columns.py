"""The columns of a row that the models of a tenant determine."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from iflow_census.scan.anatomy.columns import add_models
from iflow_census.scan.anatomy.model import IflowModel
from iflow_census.scan.readings import Reading
from iflow_census.scan.results import IflowRow
from tests.simulators.cloud_integration.models import (
    RUN_ONCE,
    ChannelSpec,
    StepSpec,
    cron,
    schedule_rows,
)
from tests.unit.report.examples import DESIGNED
from tests.unit.scan.anatomy.models import calls, read, serves

NOW = datetime(2026, 11, 1, tzinfo=UTC)


def columns(
    iflows: Mapping[str, Reading[IflowModel]], **rows: Mapping[str, Any]
) -> Mapping[str, IflowRow]:
    """The rows of iFlows by id, deployed unless `rows` says something else."""
    ids = {**iflows, **rows}
    made = [
        replace(
            DESIGNED,
            **{
                "iflow_id": iflow_id,
                "deployed": True,
                "draft": False,
                "version_drift": False,
                "endpoints": (),
                **rows.get(iflow_id, {}),
            },
        )
        for iflow_id in ids
    ]
    return {row.iflow_id: row for row in add_models(made, iflows, NOW)}


def test_row_shows_what_the_iflow_connects() -> None:
    model = read(
        [ChannelSpec("HTTPS", "Sender", {"urlPath": "/in"}, "SHOP"), calls("/b")],
        timers=[schedule_rows(RUN_ONCE)],
    )

    row = columns({"A": Reading(model), "B": Reading(read([serves("/b")]))})["A"]

    assert (row.model, row.model_reason) == (True, None)
    assert row.triggers == ("HTTPS /in", "timer once at deployment")
    assert (row.senders, row.receivers) == (("SHOP",), ("Callee",))
    assert row.adapters == ("HTTPS", "ProcessDirect")
    assert (row.calls, row.called_by) == (("B",), ())
    assert row.undeploy_impact is None


def test_deployed_and_other_callers_are_distinguished() -> None:
    models = {
        "A": Reading(read([calls("/x")])),
        "B": Reading(read([serves("/x")])),
        "C": Reading(read([calls("/x")])),
        "D": Reading(read([calls("/${header.a}")])),
        "E": Reading(read([calls("/x${header.a}")])),
        "F": Reading(read([calls("/x${header.a}")])),
    }

    rows = columns(models, C={"deployed": False}, F={"deployed": False})

    assert rows["B"].called_by == ("A", "C")
    assert rows["B"].undeploy_impact == (
        "calls would fail: A (deployed); called by C (not deployed); may be called by E"
    )
    assert rows["B"].may_be_called_by == ("E", "F")
    assert rows["C"].undeploy_impact is None


@pytest.mark.parametrize(
    ("callers", "names"),
    [
        ("12345", "1, 2, 3, 4, 5"),
        ("123456", "1, 2, 3, 4, 5 and 1 more"),
        ("1234567", "1, 2, 3, 4, 5 and 2 more"),
    ],
)
def test_first_callers_are_named_and_the_others_counted(callers: str, names: str) -> None:
    models = {caller: Reading(read([calls("/x")])) for caller in callers}

    row = columns({"B": Reading(read([serves("/x")])), **models})["B"]

    assert row.undeploy_impact == f"calls would fail: {names} (deployed)"


def test_queue_without_its_consumer_would_fill() -> None:
    models = {
        "A": Reading(read([ChannelSpec("JMS", "Receiver", {"QueueName_outbound": "Q"})])),
        "B": Reading(read([ChannelSpec("JMS", "Sender", {"QueueName_inbound": "Q"})])),
    }

    assert columns(models)["B"].undeploy_impact == "queue Q would fill: A sends to it"


@pytest.mark.parametrize(
    ("others", "impact"),
    [
        ({}, "no caller"),
        (
            {"A": Reading(read([calls("${header.a}")]))},
            "no caller found, but A may call it by an expression",
        ),
        (
            {"A": Reading(reason="configure-only")},
            "no caller found, but 1 iFlow has no readable model",
        ),
        (
            {name: Reading(reason="configure-only") for name in "AC"},
            "no caller found, but 2 iFlows have no readable model",
        ),
    ],
)
def test_no_caller_is_only_said_where_none_can_be_hidden(
    others: Mapping[str, Reading[IflowModel]], impact: str
) -> None:
    rows = columns({"B": Reading(read([serves("/x")])), **others})

    assert rows["B"].undeploy_impact == impact


def test_row_without_a_model_says_why() -> None:
    rows = columns(
        {"A": Reading(reason="configure-only"), "B": Reading(read([]))},
        B={"version_drift": True},
        orphan={"orphan": True},
    )

    assert (rows["A"].model, rows["A"].model_reason) == (False, "configure-only")
    assert rows["A"].triggers is None
    assert (rows["B"].model, rows["B"].model_reason) == (True, "deployed version differs")
    assert rows["orphan"].model_reason == "no design-time artifact"


@pytest.mark.parametrize(
    ("deployed", "draft", "reason"),
    [
        (True, True, "the deployed version may differ from the draft"),
        (True, False, None),
        (False, True, None),
    ],
)
def test_model_of_a_draft_may_not_be_the_deployed_one(
    deployed: bool, draft: bool, reason: str | None
) -> None:
    row = columns({"A": Reading(read())}, A={"deployed": deployed, "draft": draft})["A"]

    assert row.model_reason == reason


def test_schedule_has_its_next_time() -> None:
    timers = [
        schedule_rows(cron("0 30 14 ? * MON *", "Europe/Berlin")),
        schedule_rows(cron("0 0 9 1 1 ? 2020")),
        schedule_rows(cron("0 0 9 L * ? *")),
    ]

    row = columns({"A": Reading(read(timers=timers))})["A"]

    assert row.triggers == (
        "timer at 0 30 14 ? * MON * (Europe/Berlin), next 2026-11-02 13:30 UTC",
        "timer at 0 0 9 1 1 ? 2020 (Etc/GMT), not again",
        "timer at 0 0 9 L * ? * (Etc/GMT)",
    )


def test_callers_of_an_iflow_without_a_model_are_known() -> None:
    own = {"httpAddressWithoutQuery": "https://tenant.example.com/http/b"}
    models = {
        "A": Reading(read([ChannelSpec("HTTP", "Receiver", own)])),
        "B": Reading[IflowModel](reason="configure-only"),
    }

    row = columns(models, B={"endpoints": ("https://tenant.example.com/http/b",)})["B"]

    assert row.called_by == ("A",)
    assert row.undeploy_impact == "calls would fail: A (deployed)"


def test_data_store_of_all_iflows_links_writers_and_readers() -> None:
    def store(operation: str, visibility: str = "global", name: str = "Orders") -> StepSpec:
        properties = {"operation": operation, "storageName": name, "visibility": visibility}
        return StepSpec("DBstorage", properties)

    rows = columns(
        {
            "writer": Reading(read(steps=[store("put"), store("put", name="${header.x}")])),
            "reader": Reading(read(steps=[store("get"), store("select", name="${header.x}")])),
            "poller": Reading(
                read([ChannelSpec("DataStoreConsumer", "Sender", {"storageName": "Orders"})])
            ),
            "own": Reading(read(steps=[store("get", "local")])),
            "both": Reading(read(steps=[store("put", name="Own"), store("get", name="Own")])),
        }
    )

    assert rows["reader"].undeploy_impact == (
        "data store Orders would not be read: writer (deployed) writes to it"
    )
    assert rows["poller"].undeploy_impact == rows["reader"].undeploy_impact
    assert rows["poller"].dependencies == ("data store Orders",)
    assert rows["own"].dependencies == ()
    assert [rows[name].undeploy_impact for name in ("writer", "own", "both")] == [None] * 3


def test_shared_artifacts_are_dependencies() -> None:
    steps = [
        StepSpec("Script", {"script": "log.groovy", "scriptBundleId": "Common"}),
        StepSpec("Script", {"script": "own.groovy"}),
        StepSpec("Mapping", {"mappinguri": "dir://a", "messageMappingBundleId": "Order_Map"}),
    ]

    row = columns({"A": Reading(read(steps=steps))})["A"]

    assert row.dependencies == ("script collection Common", "message mapping Order_Map")


def test_dangling_address_is_doubtful_while_models_are_not_read() -> None:
    caller = Reading(read([calls("/gone")]))

    certain = columns({"A": caller})["A"].checks
    doubtful = columns({"A": caller, "B": Reading[IflowModel](reason="configure-only")})["A"].checks

    assert certain == ("no iFlow has the ProcessDirect address /gone",)
    assert doubtful == (
        "no iFlow has the ProcessDirect address /gone, but 1 iFlow has no readable model",
    )
