"""Entries of SAP's sets, with all that is missing or odd in real ones."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from iflow_census.cloud_integration import rows
from iflow_census.errors import DataError
from iflow_census.scan.tenant_api import (
    DesigntimeIflow,
    MessageLog,
    Package,
    RuntimeArtifact,
    ServiceEndpoint,
)

MOMENT = datetime(2018, 3, 15, 12, 16, 38, 486000, tzinfo=UTC)
PRIVATE = "private-value"


def designtime_iflow(row: dict[str, Any]) -> DesigntimeIflow:
    return rows.designtime_iflow(row, "P")


READERS: list[tuple[Callable[[dict[str, Any]], object], dict[str, str]]] = [
    (rows.package, {"Id": "A"}),
    (designtime_iflow, {"Id": "A"}),
    (rows.runtime_artifact, {"Id": "A"}),
    (rows.service_endpoint, {"Id": "A", "Name": "A"}),
    (rows.message_log, {"MessageGuid": "A", "Status": "COMPLETED"}),
]


def test_a_package_is_read() -> None:
    row = {"Id": "P", "Name": "N", "Vendor": "SAP", "Version": "1.0", "Mode": "READ_ONLY"}

    assert rows.package(row) == Package("P", "N", "SAP", "1.0", "READ_ONLY")


def test_a_designtime_iflow_is_read_into_the_package_it_was_read_from() -> None:
    row = {
        "Id": "I",
        "PackageId": "another",
        "Name": "N",
        "Version": "1.0.3",
        "CreatedAt": "1521116198486",
        "CreatedBy": "A",
        "ModifiedAt": "/Date(1521116198486)/",
        "ModifiedBy": "B",
    }

    assert designtime_iflow(row) == DesigntimeIflow(
        "I", "P", "N", "1.0.3", MOMENT, "A", MOMENT, "B"
    )


def test_a_runtime_artifact_is_read() -> None:
    row = {
        "Id": "I",
        "Name": "N",
        "Type": "INTEGRATION_FLOW",
        "Version": "1.0",
        "Status": "STARTED",
        "DeployedOn": "2018-03-15T12:16:38.486",
        "DeployedBy": "A",
    }

    assert rows.runtime_artifact(row) == RuntimeArtifact(
        "I", "INTEGRATION_FLOW", "N", "1.0", "STARTED", MOMENT, "A"
    )


@pytest.mark.parametrize(
    ("entry_points", "urls"),
    [
        ({"results": [{"Url": "https://b"}, {"Url": "https://a"}]}, ("https://b", "https://a")),
        ([{"Url": "https://a", "Type": "PROD"}], ("https://a",)),
        ({"results": [{"Url": None}, {"Url": ""}, {}]}, ()),
        ({"results": []}, ()),
        ({"__deferred": {"uri": "https://x"}}, ()),
        ([], ()),
        (None, ()),
    ],
)
def test_an_endpoint_is_read_however_its_entry_points_came(
    entry_points: object, urls: tuple[str, ...]
) -> None:
    row = {"Id": "1$endpointAddress=x", "Name": "I", "EntryPoints": entry_points}

    assert rows.service_endpoint(row) == ServiceEndpoint("I", urls)


def test_an_endpoint_without_entry_points_has_no_urls() -> None:
    assert rows.service_endpoint({"Id": "1", "Name": "I"}) == ServiceEndpoint("I")


@pytest.mark.parametrize("name", [None, ""])
def test_a_log_may_be_of_no_iflow(name: str | None) -> None:
    row = {"MessageGuid": "G", "Status": "FAILED", "IntegrationFlowName": name}

    assert rows.message_log(row) == MessageLog("G", None, "FAILED")


def test_the_logs_are_asked_for_the_properties_that_are_read() -> None:
    assert rows.SELECTED_LOG_PROPERTIES == "MessageGuid,Status,IntegrationFlowName"


@pytest.mark.parametrize("nothing", [{}, None, ""])
@pytest.mark.parametrize(("read", "keys"), READERS)
def test_all_but_the_keys_may_be_missing_null_or_empty(
    read: Callable[[dict[str, Any]], Any], keys: dict[str, str], nothing: object
) -> None:
    optional = {"Name", "Vendor", "Version", "Mode", "CreatedAt", "ModifiedBy", "Type", "Status"}
    empty = {} if nothing == {} else dict.fromkeys(optional, nothing)

    found = read({**empty, **keys})

    unknown = {
        name
        for name in ("vendor", "version", "mode", "created_at", "modified_by", "type")
        if getattr(found, name, None) is not None
    }
    assert not unknown


@pytest.mark.parametrize("odd", ["soon", "9" * 40, "0001-01-01T00:00:00+05:00", [], {"a": 1}, True])
def test_an_odd_date_is_an_unknown_one(odd: object) -> None:
    found = designtime_iflow({"Id": "I", "CreatedAt": odd, "ModifiedAt": "1521116198486"})

    assert (found.created_at, found.modified_at) == (None, MOMENT)


@pytest.mark.parametrize("value", [None, "", 4711, True, [PRIVATE], {"a": PRIVATE}, "\ud800"])
@pytest.mark.parametrize(
    ("read", "keys", "key"), [(read, keys, key) for read, keys in READERS for key in keys]
)
def test_an_entry_without_a_usable_key_is_an_error_that_quotes_nothing(
    read: Callable[[dict[str, Any]], object], keys: dict[str, str], key: str, value: object
) -> None:
    row = {**keys, "IntegrationFlowName": PRIVATE, "Vendor": PRIVATE, key: value}

    with pytest.raises(DataError) as caught:
        read(row)

    assert f" {key}: " in str(caught.value)
    assert "not as SAP documents it" in str(caught.value)
    assert PRIVATE not in str(caught.value)
    assert caught.value.__cause__ is None
    assert caught.value.__suppress_context__


@pytest.mark.parametrize("read", [read for read, _ in READERS])
def test_an_entry_without_its_keys_is_an_error(read: Callable[[dict[str, Any]], object]) -> None:
    with pytest.raises(DataError, match=r"Id: |Name: |MessageGuid: "):
        read({})


@pytest.mark.parametrize(
    ("read", "row", "field"),
    [
        (rows.package, {"Id": "A", "Vendor": 5}, "Vendor"),
        (rows.package, {"Id": "A", "Name": [PRIVATE]}, "Name"),
        (designtime_iflow, {"Id": "A", "Version": 1.0}, "Version"),
        (rows.runtime_artifact, {"Id": "A", "Status": {"a": PRIVATE}}, "Status"),
        (rows.service_endpoint, {"Id": "A", "Name": "A", "EntryPoints": PRIVATE}, "EntryPoints"),
        (
            rows.service_endpoint,
            {"Id": "A", "Name": "A", "EntryPoints": [PRIVATE]},
            "EntryPoints.0",
        ),
    ],
)
def test_a_value_of_the_wrong_type_is_an_error_that_names_the_field(
    read: Callable[[dict[str, Any]], object], row: dict[str, Any], field: str
) -> None:
    with pytest.raises(DataError) as caught:
        read(row)

    assert f" {field}: " in str(caught.value)
    assert PRIVATE not in str(caught.value)


def test_text_cut_within_a_character_is_mended() -> None:
    found = rows.package({"Id": "A", "Name": "Rocket \ud83d", "Vendor": "🚀"})

    assert (found.name, found.vendor) == ("Rocket \ufffd", "🚀")


def test_properties_that_sap_adds_are_of_no_matter() -> None:
    assert rows.package({"Id": "A", "Novelty": {"a": [1]}}) == Package("A")
