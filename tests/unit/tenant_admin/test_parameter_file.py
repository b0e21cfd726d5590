"""Parsing and formatting of parameter files."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from iflow_census.errors import ConfigurationError
from iflow_census.tenant_admin import parameter_file

PROPERTIES = Path("orders.properties")
JSON = Path("orders.json")
TEXTS = st.text(st.characters(exclude_categories=["Cs"]))
AWKWARD = st.text(alphabet="=:#! \\\t\n\r\fun0aé\u2028\U0001f600", min_size=1)


@pytest.mark.parametrize("file", [PROPERTIES, JSON])
@given(values=st.dictionaries(AWKWARD | TEXTS.filter(bool), AWKWARD | TEXTS))
def test_values_survive_a_round_trip(file: Path, values: dict[str, str]) -> None:
    comments = {key: f"# {value}" for key, value in values.items()}

    text = parameter_file.dumps(values, file, comments)

    assert parameter_file.loads(text, file) == values


def test_comment_is_written_above_its_key() -> None:
    text = parameter_file.dumps({"Host": "x"}, PROPERTIES, {"Host": "xsd:string: of\nthe receiver"})

    assert text == "# xsd:string: of the receiver\nHost=x\n"


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("Host = example.com\r\nPort: 80\n", {"Host": "example.com", "Port": "80"}),
        ("Host example.com", {"Host": "example.com"}),
        ("Host", {"Host": ""}),
        ("a\\ b\\=c=d=e", {"a b=c": "d=e"}),
        ("Query=a, \\\n      b\n", {"Query": "a, b"}),
        ("! comment\n\n  # comment\n Host=\\\\server\\u00e9", {"Host": "\\serveré"}),
        ("Face=\\ud83d\\ude00", {"Face": "\U0001f600"}),
        ("Path=C\\:\\\\in", {"Path": "C:\\in"}),
    ],
)
def test_properties_file_is_parsed_like_java(text: str, values: dict[str, str]) -> None:
    assert parameter_file.loads(text, Path("orders.PROP")) == values


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("a.properties", "Host=x\nHost=y", "duplicate key 'Host'"),
        ("a.properties", "# comment\n=x", "line 2: no key before the value"),
        ("a.json", '{"Host": "x", "Host": "y"}', "duplicate key 'Host'"),
        ("a.json", '{"Port": 80}', "the value of 'Port' is not a string"),
        ("a.json", '{"Port": null}', "the value of 'Port' is not a string"),
        ("a.json", '{"Host": {"a": "b"}}', "the value of 'Host' is not a string"),
        ("a.json", '["Host"]', "not a JSON object with keys and values"),
        ("a.json", '"Host"', "not a JSON object with keys and values"),
        ("a.json", "{" * 100_000, "not valid JSON"),
        ("a.json", "", "not valid JSON"),
        ("a.csv", "Host,x", "unknown file format; use one of .properties, .prop, .json"),
    ],
)
def test_invalid_file_is_rejected(name: str, text: str, message: str) -> None:
    with pytest.raises(ConfigurationError) as error:
        parameter_file.loads(text, Path(name))

    assert message in str(error.value)
