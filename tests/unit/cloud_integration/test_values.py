"""The values of entities: read the same everywhere, and nothing guessed."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from iflow_census.cloud_integration.values import convert_entity

MARCH = datetime(2018, 3, 15, 11, 36, 38, 486000, tzinfo=UTC)


@pytest.mark.parametrize(
    ("name", "written"),
    [
        ("LogStart", "/Date(1521113798486)/"),
        ("LogStart", "/Date(1521113798486+0000)/"),
        ("AnythingNew", "/Date(1521113798486)/"),
        ("CreationDate", "1521113798486"),
        ("ModifiedAt", "1521113798486"),
        ("ExpirationTime", "1521113798486"),
        ("ValidUntil", 1521113798486),
        ("RetainUntil", "2018-03-15T11:36:38.486"),
        ("RetainUntil", "2018-03-15T11:36:38.486Z"),
    ],
)
def test_a_date_is_a_moment_in_utc(name: str, written: object) -> None:
    assert convert_entity({name: written}) == {name: MARCH}


@pytest.mark.parametrize(
    ("name", "written", "read"),
    [
        ("NumberOfMessages", "19", 19),
        ("Capacity", "9751756800", 9751756800),
        ("PayloadSize", "0", 0),
        ("State", "2", 2),
        ("KeySize", 2048, 2048),
        ("ArchivingLogAttachments", "false", False),
        ("HasAttachments", True, True),
    ],
)
def test_a_known_number_or_flag_is_one(name: str, written: object, read: object) -> None:
    found = convert_entity({name: written})[name]

    assert found == read
    assert type(found) is type(read)


@pytest.mark.parametrize(
    ("name", "written"),
    [
        ("Value", "/Date(1521113798486)/"),
        ("ParameterValue", "/Date(1521113798486)/"),
        ("ParameterValue", "true"),
        ("Description", "1521113798486"),
        ("Name", "1521113798486"),
        ("Id", "101"),
        ("CurrentValue", "0000000001"),
        ("NumberOfMessages", "0019"),
        ("NumberOfMessages", "many"),
        ("NumberOfMessages", "٣"),
        ("NumberOfMessages", "1" * 30),
        ("State", "ACTIVE"),
        ("CreationDate", "2018"),
        ("CreationDate", "yesterday"),
        ("CreatedAt", "20121-04-13T15:51:04"),
        ("DeployedOn", "2018-99-99T11:36:38"),
        ("LogStart", "/Date(99999999999999999999)/"),
        ("LogStart", None),
        ("Size", None),
    ],
)
def test_what_is_not_known_for_sure_stays_as_it_is(name: str, written: object) -> None:
    assert convert_entity({name: written}) == {name: written}


def test_what_leads_elsewhere_is_left_out_and_what_is_expanded_is_plain() -> None:
    row = {
        "__metadata": {"uri": "x"},
        "Deferred": {"__deferred": {"uri": "x"}},
        "EntryPoints": {"results": [{"__metadata": {}, "Url": "u"}]},
        "Artifact": {"Id": "a", "DeployedOn": "/Date(1521113798486)/"},
        "Bare": [{"Size": "5"}, "text"],
        "Nothing": None,
    }

    assert convert_entity(row) == {
        "EntryPoints": [{"Url": "u"}],
        "Artifact": {"Id": "a", "DeployedOn": MARCH},
        "Bare": [{"Size": 5}, "text"],
        "Nothing": None,
    }


@given(
    st.dictionaries(
        st.sampled_from(["LogStart", "CreationDate", "Size", "ArchivingLogAttachments", "X"]),
        st.one_of(st.text(), st.integers(), st.none(), st.from_regex(r"/Date\(-?\d{1,25}\)/")),
    )
)
def test_any_value_is_read_or_kept(row: dict[str, object]) -> None:
    found = convert_entity(row)

    assert set(found) == set(row)
