"""How the entries of a tenant differ from wanted ones."""

from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from iflow_census.cloud_integration.api import Api
from iflow_census.errors import DataError
from iflow_census.tenant_admin.partner_directory import (
    Action,
    Kind,
    PartnerChange,
    PartnerEntry,
    changes,
    of_partners,
    read_entries,
)
from iflow_census.tenant_admin.write_request import Change

LETTERS = st.sampled_from(["a", "b", "c"])
ENTRIES = st.lists(
    st.builds(PartnerEntry, st.sampled_from(Kind), LETTERS, LETTERS, value=LETTERS),
    unique_by=lambda entry: entry.key,
)


@given(ENTRIES, ENTRIES)
def test_the_changes_make_of_the_one_the_other(
    present: list[PartnerEntry], wanted: list[PartnerEntry]
) -> None:
    entries = {one.key: one for one in present}

    for one in changes(present, wanted, delete=True):
        if one.action is Action.DELETE:
            del entries[one.entry.key]
        else:
            assert (one.entry.key in entries) is (one.action is Action.UPDATE)
            entries[one.entry.key] = one.entry

    assert set(entries.values()) == set(wanted)


@given(ENTRIES, ENTRIES)
def test_nothing_is_deleted_unasked(
    present: list[PartnerEntry], wanted: list[PartnerEntry]
) -> None:
    planned = changes(present, wanted, delete=False)

    assert not [one for one in planned if one.action is Action.DELETE]


@given(ENTRIES)
def test_what_is_as_wanted_is_left_alone(entries: list[PartnerEntry]) -> None:
    assert changes(entries, reversed(entries), delete=True) == []


def test_an_alternative_partner_goes_to_another_partner_by_an_update() -> None:
    before = PartnerEntry(Kind.ALTERNATIVE, "Old", "1", "Ä", "s/1")
    after = PartnerEntry(Kind.ALTERNATIVE, "New", "1", "Ä", "s/1")

    (planned,) = changes([before], [after], delete=True)

    assert planned.request == Change(
        "PUT",
        "AlternativePartners(Hexagency='C384',Hexscheme='732F31',Hexid='31')",
        {"Pid": "New"},
    )


def test_a_new_entry_names_its_key_in_the_body() -> None:
    entry = PartnerEntry(Kind.BINARY, "P", "I", content_type="xsl", value="YQ==")

    assert PartnerChange(Action.CREATE, entry).request == Change(
        "POST",
        "BinaryParameters",
        {"Pid": "P", "Id": "I", "ContentType": "xsl", "Value": "YQ=="},
    )


def test_entries_of_some_partners_are_chosen() -> None:
    entries = [PartnerEntry(Kind.USER, partner, partner) for partner in ("a", "b", "c")]

    assert [one.partner for one in of_partners(entries, ["c", "a"])] == ["a", "c"]
    assert of_partners(entries) == entries


class Held(Api):
    """A tenant that holds one string parameter."""

    def __init__(self, row: dict[str, Any]) -> None:
        self._row = row

    def read_all(self, path: str, **_: Any) -> Iterator[dict[str, Any]]:
        return iter([self._row] if path == "StringParameters" else [])


def test_a_parameter_without_a_value_is_empty() -> None:
    held = Held({"Pid": "P", "Id": "I", "Value": None})

    assert read_entries(held) == [PartnerEntry(Kind.STRING, "P", "I", value="")]


@pytest.mark.parametrize(
    ("value", "said"), [("half \ud800", "half a character"), (7, "is no text")]
)
def test_an_entry_that_cannot_be_written_down_is_told(value: object, said: str) -> None:
    held = Held({"Pid": "P", "Id": "I", "Value": value})

    with pytest.raises(DataError, match=f"GET StringParameters: Value .*{said}"):
        read_entries(held)
