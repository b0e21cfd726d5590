"""Comparing the entries of a tenant with desired entries."""

from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from iflow_census.cloud_integration.api import Api
from iflow_census.errors import DataError
from iflow_census.tenant_admin.partner_directory import (
    EntryKind,
    PartnerAction,
    PartnerChange,
    PartnerEntry,
    filter_by_partner,
    plan_changes,
    read_entries,
)
from iflow_census.tenant_admin.write_request import WriteRequest

LETTERS = st.sampled_from(["a", "b", "c"])
ENTRIES = st.lists(
    st.builds(PartnerEntry, st.sampled_from(EntryKind), LETTERS, LETTERS, value=LETTERS),
    unique_by=lambda entry: entry.key,
)


@given(ENTRIES, ENTRIES)
def test_changes_turn_current_entries_into_desired(
    current: list[PartnerEntry], desired: list[PartnerEntry]
) -> None:
    entries = {entry.key: entry for entry in current}

    for change in plan_changes(current, desired, delete=True):
        if change.action is PartnerAction.DELETE:
            del entries[change.entry.key]
        else:
            assert (change.entry.key in entries) is (change.action is PartnerAction.UPDATE)
            entries[change.entry.key] = change.entry

    assert set(entries.values()) == set(desired)


@given(ENTRIES, ENTRIES)
def test_nothing_is_deleted_without_delete(
    current: list[PartnerEntry], desired: list[PartnerEntry]
) -> None:
    changes = plan_changes(current, desired, delete=False)

    assert not [change for change in changes if change.action is PartnerAction.DELETE]


@given(ENTRIES)
def test_equal_entries_are_not_changed(entries: list[PartnerEntry]) -> None:
    assert plan_changes(entries, reversed(entries), delete=True) == []


def test_moved_alternative_partner_is_updated() -> None:
    before = PartnerEntry(EntryKind.ALTERNATIVE, "Old", "1", "Ä", "s/1")
    after = PartnerEntry(EntryKind.ALTERNATIVE, "New", "1", "Ä", "s/1")

    (change,) = plan_changes([before], [after], delete=True)

    assert change.request() == WriteRequest(
        "PUT",
        "AlternativePartners(Hexagency='C384',Hexscheme='732F31',Hexid='31')",
        {"Pid": "New"},
    )


def test_users_in_other_letter_case_are_equal() -> None:
    stored = PartnerEntry(EntryKind.USER, "P", "anna")

    assert plan_changes([stored], [PartnerEntry(EntryKind.USER, "P", "Anna")], delete=True) == []


def test_stored_user_is_updated_in_its_own_letter_case() -> None:
    before = PartnerEntry(EntryKind.USER, "Old", "Anna")
    after = PartnerEntry(EntryKind.USER, "New", "ANNA")

    (change,) = plan_changes([before], [after], delete=True)

    assert change.request() == WriteRequest("PUT", "AuthorizedUsers('Anna')", {"Pid": "New"})


def test_new_user_is_sent_in_lower_case() -> None:
    change = PartnerChange(PartnerAction.CREATE, PartnerEntry(EntryKind.USER, "P", "Anna"))

    assert change.request() == WriteRequest("POST", "AuthorizedUsers", {"User": "anna", "Pid": "P"})


def test_new_entry_has_its_key_in_the_body() -> None:
    entry = PartnerEntry(EntryKind.BINARY, "P", "I", content_type="xsl", value="YQ==")

    assert PartnerChange(PartnerAction.CREATE, entry).request() == WriteRequest(
        "POST",
        "BinaryParameters",
        {"Pid": "P", "Id": "I", "ContentType": "xsl", "Value": "YQ=="},
    )


def test_entries_are_filtered_by_partner() -> None:
    entries = [PartnerEntry(EntryKind.USER, partner, partner) for partner in ("a", "b", "c")]

    assert [entry.partner for entry in filter_by_partner(entries, ["c", "a"])] == ["a", "c"]
    assert filter_by_partner(entries) == entries


class OneParameterApi(Api):
    """A tenant with one string parameter."""

    def __init__(self, row: dict[str, Any]) -> None:
        self._row = row

    def read_all(self, path: str, **_: Any) -> Iterator[dict[str, Any]]:
        return iter([self._row] if path == "StringParameters" else [])


def test_missing_value_is_empty() -> None:
    api = OneParameterApi({"Pid": "P", "Id": "I", "Value": None})

    assert read_entries(api) == [PartnerEntry(EntryKind.STRING, "P", "I", value="")]


@pytest.mark.parametrize(
    ("value", "message"), [("half \ud800", "contains a lone surrogate"), (7, "is not a string")]
)
def test_invalid_entry_value_is_data_error(value: object, message: str) -> None:
    api = OneParameterApi({"Pid": "P", "Id": "I", "Value": value})

    with pytest.raises(DataError, match=f"GET StringParameters: Value .*{message}"):
        read_entries(api)
