"""Partner directory entries as CSV."""

import base64
import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from iflow_census.errors import ConfigurationError
from iflow_census.tenant_admin.partner_csv import COLUMNS, dumps, loads
from iflow_census.tenant_admin.partner_directory import EntryKind, PartnerEntry

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
HOSTILE = st.one_of(
    TEXT,
    st.builds(
        str.__add__, st.sampled_from(["=", "+", "-", "@", "\t", "\r", "\n", "'", "''="]), TEXT
    ),
    st.text("'=+-@\t\r\n\",;", max_size=8),
)
NAME = HOSTILE.filter(bool)
ENTRY = st.one_of(
    st.builds(PartnerEntry, st.just(EntryKind.STRING), NAME, NAME, value=HOSTILE),
    st.builds(
        PartnerEntry,
        st.just(EntryKind.BINARY),
        NAME,
        NAME,
        content_type=HOSTILE,
        value=st.binary(max_size=30).map(lambda content: base64.b64encode(content).decode()),
    ),
    st.builds(PartnerEntry, st.just(EntryKind.ALTERNATIVE), NAME, NAME, NAME, NAME),
    st.builds(PartnerEntry, st.just(EntryKind.USER), NAME, NAME),
)
ENTRIES = st.lists(ENTRY, unique_by=lambda entry: entry.key)


@given(ENTRIES)
def test_entries_survive_a_round_trip(entries: list[PartnerEntry]) -> None:
    assert loads(dumps(entries), "partners.csv") == entries


@given(ENTRIES)
def test_no_cell_is_a_formula(entries: list[PartnerEntry]) -> None:
    text = dumps(entries).decode("utf-8-sig")

    cells = [cell for row in csv.reader(io.StringIO(text, newline="")) for cell in row]

    assert not [cell for cell in cells if cell.startswith(("=", "+", "-", "@", "\t", "\r", "\n"))]


def test_file_with_semicolons_is_parsed() -> None:
    content = b"kind;partner;id;agency;scheme;content_type;value\nstring parameter;P;I;;;;a,b\n\n"

    assert loads(content, "partners.csv") == [PartnerEntry(EntryKind.STRING, "P", "I", value="a,b")]


def test_largest_binary_parameter_is_parsed() -> None:
    value = base64.b64encode(bytes(262_144)).decode()
    entry = PartnerEntry(EntryKind.BINARY, "P", "I", content_type="zip", value=value)

    assert loads(dumps([entry]), "partners.csv") == [entry]


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ("", "the first line must be kind,partner"),
        ("a,b\n", "the first line must be kind,partner"),
        (
            "{head}\nstring,P,I,,,,v\n",
            "line 2: unknown kind 'string'; use one of string parameter,",
        ),
        ("{head}\nstring parameter,P,I,,,\n", "line 2: 6 cells instead of 7"),
        ("{head}\nstring parameter,,I,,,,v\n", "line 2: string parameter without partner"),
        ("{head}\nalternative partner,P,I,,,,\n", "alternative partner without agency, scheme"),
        (
            "{head}\nauthorized user,P,U,,,,v\n",
            "authorized user with value; leave these cells empty",
        ),
        ("{head}\nbinary parameter,P,I,,,xsl,no!\n", "line 2: the value is not valid base64"),
        ("{head}\nbinary parameter,P,I,,,xsl,ü\n", "line 2: the value is not valid base64"),
        (
            "{head}\nauthorized user,P,U,,,,\nauthorized user,Q,U,,,,\n",
            "line 3: duplicate authorized user",
        ),
        ('{head}\nauthorized user,P,"U"x,,,,\n', "line 2"),
    ],
)
def test_error_names_line_and_problem(rows: str, message: str) -> None:
    content = rows.replace("{head}", ",".join(COLUMNS)).encode()

    with pytest.raises(ConfigurationError, match=message):
        loads(content, "partners.csv")


def test_file_in_other_encoding_is_rejected() -> None:
    with pytest.raises(ConfigurationError, match="CSV UTF-8"):
        loads("Müller".encode("latin-1"), "partners.csv")
