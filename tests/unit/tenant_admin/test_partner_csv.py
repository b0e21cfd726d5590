"""Partner directory entries to CSV and back."""

import base64
import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from iflow_census.errors import ConfigurationError
from iflow_census.tenant_admin.partner_csv import COLUMNS, dump, load
from iflow_census.tenant_admin.partner_directory import Kind, PartnerEntry

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
AWKWARD = st.one_of(
    TEXT,
    st.builds(
        str.__add__, st.sampled_from(["=", "+", "-", "@", "\t", "\r", "\n", "'", "''="]), TEXT
    ),
    st.text("'=+-@\t\r\n\",;", max_size=8),
)
NAME = AWKWARD.filter(bool)
ENTRY = st.one_of(
    st.builds(PartnerEntry, st.just(Kind.STRING), NAME, NAME, value=AWKWARD),
    st.builds(
        PartnerEntry,
        st.just(Kind.BINARY),
        NAME,
        NAME,
        content_type=AWKWARD,
        value=st.binary(max_size=30).map(lambda content: base64.b64encode(content).decode()),
    ),
    st.builds(PartnerEntry, st.just(Kind.ALTERNATIVE), NAME, NAME, NAME, NAME),
    st.builds(PartnerEntry, st.just(Kind.USER), NAME, NAME),
)
ENTRIES = st.lists(ENTRY, unique_by=lambda entry: entry.key)


@given(ENTRIES)
def test_what_was_exported_is_imported_the_same(entries: list[PartnerEntry]) -> None:
    assert load(dump(entries), "partners.csv") == entries


@given(ENTRIES)
def test_no_cell_is_a_formula(entries: list[PartnerEntry]) -> None:
    text = dump(entries).decode("utf-8-sig")

    cells = [cell for row in csv.reader(io.StringIO(text, newline="")) for cell in row]

    assert not [cell for cell in cells if cell.startswith(("=", "+", "-", "@", "\t", "\r", "\n"))]


def test_a_file_that_a_spreadsheet_saved_with_semicolons_is_read() -> None:
    content = b"kind;partner;id;agency;scheme;content_type;value\nstring parameter;P;I;;;;a,b\n\n"

    assert load(content, "partners.csv") == [PartnerEntry(Kind.STRING, "P", "I", value="a,b")]


def test_a_binary_parameter_of_the_largest_size_is_read() -> None:
    value = base64.b64encode(bytes(262_144)).decode()
    entry = PartnerEntry(Kind.BINARY, "P", "I", content_type="zip", value=value)

    assert load(dump([entry]), "partners.csv") == [entry]


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ("", "does not begin with the columns"),
        ("a,b\n", "does not begin with the columns"),
        ("{head}\nstring,P,I,,,,v\n", "line 2: 'string' is no kind: there are string parameter,"),
        ("{head}\nstring parameter,P,I,,,\n", "line 2: 6 cells, 7 are expected"),
        ("{head}\nstring parameter,,I,,,,v\n", "line 2: the string parameter has no partner"),
        ("{head}\nalternative partner,P,I,,,,\n", "has no agency, scheme"),
        ("{head}\nauthorized user,P,U,,,,v\n", "a authorized user has no value: leave it empty"),
        ("{head}\nbinary parameter,P,I,,,xsl,no!\n", "line 2: the value is no base64"),
        ("{head}\nbinary parameter,P,I,,,xsl,ü\n", "line 2: the value is no base64"),
        ("{head}\nauthorized user,P,U,,,,\nauthorized user,Q,U,,,,\n", "line 3: .* twice"),
        ('{head}\nauthorized user,P,"U"x,,,,\n', "line 2"),
    ],
)
def test_a_file_that_is_wrong_is_told_where(rows: str, said: str) -> None:
    content = rows.replace("{head}", ",".join(COLUMNS)).encode()

    with pytest.raises(ConfigurationError, match=said):
        load(content, "partners.csv")


def test_a_file_in_another_encoding_is_told_so() -> None:
    with pytest.raises(ConfigurationError, match="CSV UTF-8"):
        load("Müller".encode("latin-1"), "partners.csv")
