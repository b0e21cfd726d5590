"""Calls between iFlows."""

from collections.abc import Mapping, Sequence

import pytest

from iflow_census.scan.anatomy.links import MAX_CIRCLE, IflowLinks, TenantLinks, find_links
from tests.simulators.cloud_integration.models import ChannelSpec
from tests.unit.scan.anatomy.models import calls, read, serves


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
        ("/tpm/${header.a}in${header.b}/in", False),
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


def test_circle_of_more_iflows_than_the_limit_is_not_shown(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    iflows = {"A": [serves("/a"), calls("/b")], "B": [serves("/b"), calls("/a")]}

    monkeypatch.setattr("iflow_census.scan.anatomy.links.MAX_CIRCLE", 2)
    assert links(iflows).of["A"].cycle == ["A", "B"]
    monkeypatch.setattr("iflow_census.scan.anatomy.links.MAX_CIRCLE", 1)
    assert links(iflows).of["A"].cycle == ()


def test_queue_is_filled_by_its_producers() -> None:
    found = links(
        {
            "A": [ChannelSpec("JMS", "Receiver", {"QueueName_outbound": "Q"})],
            "B": [ChannelSpec("JMS", "Sender", {"QueueName_inbound": "Q"})],
        }
    )

    assert found.of["B"].filled_by == {"Q": ["A"]}
