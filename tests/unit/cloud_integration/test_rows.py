"""Validate entries, including what is missing or unusual in real ones."""

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
    return rows.parse_designtime_iflow(row, "P")


PARSERS: list[tuple[Callable[[dict[str, Any]], object], dict[str, str]]] = [
    (rows.parse_package, {"Id": "A"}),
    (designtime_iflow, {"Id": "A"}),
    (rows.parse_runtime_artifact, {"Id": "A"}),
    (rows.parse_service_endpoint, {"Id": "A", "Name": "A"}),
    (rows.parse_message_log, {"MessageGuid": "A", "Status": "COMPLETED"}),
]


def test_package_is_parsed() -> None:
    row = {"Id": "P", "Name": "N", "Vendor": "SAP", "Version": "1.0", "Mode": "READ_ONLY"}

    assert rows.parse_package(row) == Package("P", "N", "SAP", "1.0", "READ_ONLY")


@pytest.mark.parametrize(
    ("written", "value"),
    [
        (True, True),
        (False, False),
        ("true", True),
        ("false", False),
        (None, None),
        ("", None),
        ("maybe", None),
        (1, None),
        ([], None),
    ],
)
def test_available_update_is_read_in_every_form(*, written: object, value: bool | None) -> None:
    assert rows.parse_package({"Id": "P", "UpdateAvailable": written}).update_available is value


def test_package_has_the_date_and_user_of_its_last_change() -> None:
    package = rows.parse_package(
        {"Id": "P", "ModifiedDate": "1521116198486", "ModifiedBy": "anna@example.com"}
    )

    assert (package.modified_at, package.modified_by) == (MOMENT, "anna@example.com")


def test_iflow_belongs_to_the_package_it_was_listed_in() -> None:
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


def test_runtime_artifact_is_parsed() -> None:
    row = {
        "Id": "I",
        "Name": "N",
        "Type": "INTEGRATION_FLOW",
        "Version": "1.0",
        "Status": "STARTED",
        "DeployedOn": "2018-03-15T12:16:38.486",
        "DeployedBy": "A",
    }

    assert rows.parse_runtime_artifact(row) == RuntimeArtifact(
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
def test_entry_points_are_parsed_in_every_form(entry_points: object, urls: tuple[str, ...]) -> None:
    row = {"Id": "1$endpointAddress=x", "Name": "I", "EntryPoints": entry_points}

    assert rows.parse_service_endpoint(row) == ServiceEndpoint("I", urls)


def test_endpoint_without_entry_points_has_no_urls() -> None:
    assert rows.parse_service_endpoint({"Id": "1", "Name": "I"}) == ServiceEndpoint("I")


@pytest.mark.parametrize("name", [None, ""])
def test_log_can_have_no_iflow(name: str | None) -> None:
    row = {"MessageGuid": "G", "Status": "FAILED", "IntegrationFlowName": name}

    assert rows.parse_message_log(row) == MessageLog("G", None, "FAILED")


def test_selected_log_properties_match_the_model() -> None:
    assert rows.SELECTED_LOG_PROPERTIES == (
        "MessageGuid,Status,IntegrationFlowName,LogStart,LogLevel,AlternateWebLink"
    )


@pytest.mark.parametrize("nothing", [{}, None, ""])
@pytest.mark.parametrize(("parse", "keys"), PARSERS)
def test_optional_properties_can_be_missing_or_empty(
    parse: Callable[[dict[str, Any]], Any], keys: dict[str, str], nothing: object
) -> None:
    optional = {"Name", "Vendor", "Version", "Mode", "CreatedAt", "ModifiedBy", "Type", "Status"}
    empty = {} if nothing == {} else dict.fromkeys(optional, nothing)

    result = parse({**empty, **keys})

    unknown = {
        name
        for name in ("vendor", "version", "mode", "created_at", "modified_by", "type")
        if getattr(result, name, None) is not None
    }
    assert not unknown


@pytest.mark.parametrize(
    "value", ["soon", "9" * 30, "0001-01-01T00:00:00+05:00", [], {"a": 1}, True]
)
def test_invalid_date_becomes_none(value: object) -> None:
    iflow = designtime_iflow({"Id": "I", "CreatedAt": value, "ModifiedAt": "1521116198486"})

    assert (iflow.created_at, iflow.modified_at) == (None, MOMENT)


@pytest.mark.parametrize("value", [None, "", 4711, True, [PRIVATE], {"a": PRIVATE}, "\ud800"])
@pytest.mark.parametrize(
    ("parse", "keys", "key"), [(parse, keys, key) for parse, keys in PARSERS for key in keys]
)
def test_invalid_key_is_rejected_without_quoting_it(
    parse: Callable[[dict[str, Any]], object], keys: dict[str, str], key: str, value: object
) -> None:
    row = {**keys, "IntegrationFlowName": PRIVATE, "Vendor": PRIVATE, key: value}

    with pytest.raises(DataError) as caught:
        parse(row)

    assert f" {key}: " in str(caught.value)
    assert "entry: unexpected value of " in str(caught.value)
    assert PRIVATE not in str(caught.value)
    assert caught.value.__cause__ is None
    assert caught.value.__suppress_context__


@pytest.mark.parametrize("parse", [parse for parse, _ in PARSERS])
def test_missing_key_is_rejected(parse: Callable[[dict[str, Any]], object]) -> None:
    with pytest.raises(DataError, match=r"Id: |Name: |MessageGuid: "):
        parse({})


@pytest.mark.parametrize(
    ("parse", "row", "field"),
    [
        (rows.parse_package, {"Id": "A", "Vendor": 5}, "Vendor"),
        (rows.parse_package, {"Id": "A", "Name": [PRIVATE]}, "Name"),
        (designtime_iflow, {"Id": "A", "Version": 1.0}, "Version"),
        (rows.parse_runtime_artifact, {"Id": "A", "Status": {"a": PRIVATE}}, "Status"),
        (
            rows.parse_service_endpoint,
            {"Id": "A", "Name": "A", "EntryPoints": PRIVATE},
            "EntryPoints",
        ),
        (
            rows.parse_service_endpoint,
            {"Id": "A", "Name": "A", "EntryPoints": [PRIVATE]},
            "EntryPoints.0",
        ),
    ],
)
def test_wrong_type_is_rejected_and_names_the_field(
    parse: Callable[[dict[str, Any]], object], row: dict[str, Any], field: str
) -> None:
    with pytest.raises(DataError) as caught:
        parse(row)

    assert f" {field}: " in str(caught.value)
    assert PRIVATE not in str(caught.value)


def test_lone_surrogate_is_replaced() -> None:
    package = rows.parse_package({"Id": "A", "Name": "Rocket \ud83d", "Vendor": "🚀"})

    assert (package.name, package.vendor) == ("Rocket \ufffd", "🚀")


def test_unknown_properties_are_ignored() -> None:
    assert rows.parse_package({"Id": "A", "NewProperty": {"a": [1]}}) == Package("A")


@pytest.mark.parametrize("link", ["javascript:alert(1)", "http://tenant.example", "", None, 7, {}])
def test_log_without_a_safe_link_has_none(link: object) -> None:
    log = rows.parse_message_log({"MessageGuid": "A", "Status": "FAILED", "AlternateWebLink": link})

    assert log.web_url is None
