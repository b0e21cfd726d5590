"""The data of an iFlow in the LDIF."""

from dataclasses import replace
from typing import Any, get_args

import pytest

from iflow_census.leanix.iflow_data import build_iflow_data
from iflow_census.leanix.names import FactSheetName
from iflow_census.leanix.settings import DataKey, LeanixSettings
from iflow_census.scan.edit_status import EditStatus
from iflow_census.scan.results import IflowRow
from iflow_census.scan.usage import Usage
from tests.unit.leanix.rows import OCTOBER, iflow

NAME = FactSheetName("prod: Orders", ["prod: Orders (Sales)"])


def data_of(row: IflowRow, unused_months: int | None = None, **settings: Any) -> dict[str, Any]:
    settings_ = LeanixSettings(**settings)
    return dict(build_iflow_data(row, OCTOBER, settings_, NAME, unused_months=unused_months))


def test_iflow_has_all_known_values() -> None:
    data = data_of(iflow(), link="https://ci.example/{package_id}/{iflow_id}")

    facts = (
        "iFlow: Orders\nTenant: prod\nPackage: Sales processes\nVendor: SAP\nVersion: 1.0.3\n"
        "Edited: EDITED (modified after it was created)\nDeployed: STARTED\nUsage: USED"
    )
    assert data == {
        "name": "prod: Orders",
        "alternativeNames": ["prod: Orders (Sales)"],
        "iflowId": "Orders",
        "description": facts,
        "facts": facts,
        "decision": "none",
        "package": "Sales processes",
        "packageId": "Sales",
        "vendor": "SAP",
        "version": "1.0.3",
        "editStatus": "EDITED",
        "deployed": "true",
        "runtimeStatus": "STARTED",
        "usage": "USED",
        "orphan": "false",
        "versionDrift": "false",
        "messages": "12",
        "period": "2026-10",
        "activeSince": "2025-03-01",
        "providers": [],
        "formerProviders": [],
        "formerConsumers": [],
        "consumers": [],
        "links": ["https://ci.example/Sales/Orders"],
        "tags": [],
    }


def test_each_key_for_a_field_is_in_the_data() -> None:
    row = iflow(sender="Shop", receiver="ERP", owner="Sales", package_update_available=True)

    assert set(get_args(DataKey)) <= data_of(row, unused_months=2).keys()


def test_description_does_not_change_with_month_and_count() -> None:
    assert data_of(iflow(messages=1))["description"] == data_of(iflow(messages=2))["description"]
    assert "2026" not in data_of(iflow())["description"]


def test_description_is_of_the_developer_if_facts_have_a_field() -> None:
    row = iflow(description="Moves orders")

    with_field = data_of(row, fields={"facts": "ciFacts"})
    undescribed = data_of(iflow(), fields={"facts": "ciFacts"})

    assert data_of(row)["description"].startswith("Description: Moves orders\niFlow: Orders")
    assert with_field["description"] == "Moves orders"
    assert "description" not in undescribed


def test_sender_and_receiver_are_sent_if_known() -> None:
    documented = data_of(iflow(sender="Shop", receiver="ERP"))

    assert (documented["sender"], documented["receiver"]) == ("Shop", "ERP")
    assert "Sender: Shop\nReceiver: ERP" in documented["description"]
    assert not {"sender", "receiver"} & data_of(iflow()).keys()


def test_unknown_values_are_omitted_and_never_zero() -> None:
    orphan = iflow(
        package_id=None,
        package_name=None,
        package_vendor=None,
        iflow_name=None,
        iflow_version=None,
        runtime_version=None,
        created_at=None,
        messages=None,
        usage=Usage.UNKNOWN,
        version_drift=None,
    )

    data = data_of(orphan, link="https://ci.example/{iflow_id}")

    unknown = {"package", "packageId", "vendor", "version", "messages", "activeSince"}
    assert not (unknown | {"versionDrift", "updateBlocked", "unusedMonths"}) & set(data)
    assert data["links"] == []


def test_design_time_version_is_preferred_over_the_deployed_one() -> None:
    data = data_of(iflow(iflow_version="1.0.4", runtime_version="1.0.3"))

    assert data["version"] == "1.0.4"
    assert "Version: 1.0.4" in data["description"]


@pytest.mark.parametrize(
    ("changes", "deployed", "text"),
    [
        ({"deployed": False, "runtime_status": None}, "false", "Deployed: no"),
        ({"runtime_status": None}, "true", "Deployed: yes"),
        ({"deployed": None, "runtime_status": None}, None, "Deployed: unknown"),
    ],
)
def test_deployment_is_described(changes: dict[str, Any], deployed: str | None, text: str) -> None:
    data = data_of(iflow(**changes))

    assert data.get("deployed") == deployed
    assert text in data["description"]
    assert ("activeSince" in data) is (deployed == "true")


def test_iflow_is_tagged_with_its_tenant_if_there_is_a_tag_group() -> None:
    assert data_of(iflow(), tag_group="Tenants")["tags"] == ["prod"]


def test_ids_in_a_link_are_escaped() -> None:
    row = iflow("a/b?c#d e", package_id="ü&x")

    data = data_of(row, link="https://ci/{package_id}/{iflow_id}")

    assert data["links"] == ["https://ci/%C3%BC%26x/a%2Fb%3Fc%23d%20e"]


def test_web_ui_of_the_tenant_is_linked_unless_there_is_a_setting() -> None:
    data = build_iflow_data(
        iflow(), OCTOBER, LeanixSettings(), NAME, web_url="https://ci.example.com"
    )

    (link,) = data["links"]
    assert link.startswith("https://ci.example.com/shell/design/contentpackage/Sales/")


@pytest.mark.parametrize(
    ("changes", "months", "tags"),
    [
        ({"edit_status": EditStatus.NOT_EDITED}, None, []),
        ({"usage": Usage.UNUSED}, 2, ["Unused", "Edited"]),
        ({"usage": Usage.UNUSED}, 3, ["Unused", "Unused for 3 months", "Edited"]),
        (
            {"orphan": True, "version_drift": True},
            None,
            ["Edited", "Orphan", "Old version deployed"],
        ),
        ({"package_update_available": True}, None, ["Edited", "Update blocked by edits"]),
        ({"package_update_available": True, "edit_status": EditStatus.NOT_EDITED}, None, []),
        ({"deployed": False}, None, ["Edited", "Not deployed"]),
        (
            {"decision": "retire", "decision_overdue": True},
            None,
            ["Edited", "To be retired", "Decision overdue"],
        ),
    ],
)
def test_status_tags_are_kept_current(
    changes: dict[str, Any], months: int | None, tags: list[str]
) -> None:
    data = data_of(iflow(**changes), months, status_tag_group="Status")

    assert data["statusTags"] == tags
    assert not set(tags) & set(data["formerStatusTags"])


def test_months_of_no_use_that_are_not_known_change_no_tag() -> None:
    data = data_of(iflow(usage=Usage.UNUSED), None, status_tag_group="Status")

    assert "Unused" in data["statusTags"]
    assert "Unused for 3 months" not in [*data["statusTags"], *data["formerStatusTags"]]


def test_unknown_status_changes_no_tag() -> None:
    row = iflow(
        usage=Usage.UNKNOWN, edit_status=EditStatus.UNKNOWN, deployed=None, version_drift=None
    )

    data = data_of(row, status_tag_group="Status")

    known = ["Orphan", "To be retired", "Decision overdue"]
    assert (data["statusTags"], data["formerStatusTags"]) == ([], known)


def test_decision_is_a_value_and_a_fact() -> None:
    row = iflow(decision="retire", decision_due="2026-11", owner="Purchasing")

    data = data_of(replace(row, decision_note="replaced"))

    assert data["decision"] == "retire"
    assert data["facts"].endswith("\nDecision: retire by 2026-11 (Purchasing): replaced")
