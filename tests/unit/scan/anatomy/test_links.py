"""Calls between iFlows, and the columns that show them."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from iflow_census.scan.anatomy.columns import add_models
from iflow_census.scan.anatomy.links import MAX_CIRCLE, IflowLinks, TenantLinks, find_links
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
from tests.unit.scan.anatomy.models import read

NOW = datetime(2026, 11, 1, tzinfo=UTC)


def serves(address: str) -> ChannelSpec:
    return ChannelSpec("ProcessDirect", "Sender", {"address": address}, "Caller")


def calls(address: str) -> ChannelSpec:
    return ChannelSpec("ProcessDirect", "Receiver", {"address": address}, "Callee")


def links(
    iflows: Mapping[str, Sequence[ChannelSpec]],
    endpoints: Mapping[str, Sequence[str]] | None = None,
) -> TenantLinks:
    """The links of iFlows with these channels."""
    models = {iflow_id: read(channels) for iflow_id, channels in iflows.items()}
    return find_links(models, endpoints or {})


def test_call_of_a_literal_address_is_certain() -> None:
    found = links({"A": [calls("/x")], "B": [serves("/x"), calls("/gone")], "C": [calls("/x")]})

    assert found.of["A"] == IflowLinks(["B"], [], [], [], {}, ())
    assert found.of["B"].called_by == ["A", "C"]
    assert found.of["B"].dangling == ["/gone"]
    assert found.unknown_callers == []


@pytest.mark.parametrize(
    ("address", "possible"),
    [
        ("/tpm/${property.y}", True),
        ("/tpm/${property.y}/in", True),
        ("/tpm/{{unknown}}", True),
        ("${header.a}/o${header.b}/in", True),
        ("/tpm/${header.a}order/in", True),
        ("/tpm/order${header.a}er/in", False),
        ("/tpm/${header.a}${header.b}", True),
        ("/other/${property.y}", False),
        ("/tpm/${property.y}/out", False),
        ("/tpm/order/in${header.a}/in", False),
        ("/tpm/${header.a}x${header.b}x${header.c}", False),
    ],
)
def test_expression_with_a_literal_part_is_a_possible_call(address: str, possible: bool) -> None:
    found = links({"A": [calls(address)], "B": [serves("/tpm/order/in")]})

    assert found.of["B"].may_be_called_by == (["A"] if possible else [])
    assert found.of["B"].called_by == []
    assert found.of["A"].dangling == []


def test_expression_without_a_literal_part_may_call_anything() -> None:
    found = links({"A": [calls("${property.y}")], "B": [serves("/x")], "C": [calls("")]})

    assert found.unknown_callers == ["A"]
    assert found.of["B"].may_be_called_by == []


def test_call_of_an_endpoint_of_the_tenant_is_certain() -> None:
    own = {"httpAddressWithoutQuery": "https://tenant.example.com/http/orders"}

    found = links(
        {"A": [ChannelSpec("HTTP", "Receiver", own)]},
        {"B": ["https://tenant.example.com/http/orders?wsdl"]},
    )

    assert found.of["A"].calls == ["B"]
    assert found.of["B"].called_by == ["A"]


def test_calls_in_a_circle_are_found() -> None:
    found = links(
        {
            "A": [serves("/a"), calls("/b")],
            "B": [serves("/b"), calls("/c")],
            "C": [serves("/c"), calls("/b"), calls("/d")],
            "D": [serves("/d")],
            "E": [serves("/e"), calls("/e")],
        }
    )

    assert {iflow_id: found.of[iflow_id].cycle for iflow_id in found.of} == {
        "A": (),
        "B": ["B", "C"],
        "C": ["B", "C"],
        "D": (),
        "E": ["E"],
    }


def test_circle_is_found_beside_many_iflows_that_call_each_other() -> None:
    chain = {
        f"X{number}": [serves(f"/x{number}"), calls(f"/x{number + 1}")]
        for number in range(MAX_CIRCLE + 1)
    }

    found = links({**chain, "E": [serves("/e"), calls("/e")]})

    assert found.of["E"].cycle == ["E"]


def test_queue_is_filled_by_its_producers() -> None:
    found = links(
        {
            "A": [ChannelSpec("JMS", "Receiver", {"QueueName_outbound": "Q"})],
            "B": [ChannelSpec("JMS", "Sender", {"QueueName_inbound": "Q"})],
        }
    )

    assert found.of["B"].filled_by == {"Q": ["A"]}


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
    }

    rows = columns(models, C={"deployed": False})

    assert rows["B"].called_by == ("A", "C")
    assert rows["B"].undeploy_impact == (
        "calls would fail: A (deployed); called by C (not deployed)"
    )
    assert rows["C"].undeploy_impact is None


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
            "no caller found, but 1 iFlows have no readable model",
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
        "no iFlow has the ProcessDirect address /gone, but 1 iFlows have no readable model",
    )
