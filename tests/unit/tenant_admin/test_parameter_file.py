"""Files of parameters: what is written is read back, and other people's files are understood."""

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
def test_what_is_written_is_read_back(file: Path, values: dict[str, str]) -> None:
    remarks = {key: f"# {value}" for key, value in values.items()}

    text = parameter_file.written(values, file, remarks)

    assert parameter_file.read(text, file) == values


def test_a_remark_stands_on_a_line_of_its_own_above_its_key() -> None:
    text = parameter_file.written(
        {"Host": "x"}, PROPERTIES, {"Host": "xsd:string: of\nthe receiver"}
    )

    assert text == "# xsd:string: of the receiver\nHost=x\n"


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("Host = example.com\r\nPort: 80\n", {"Host": "example.com", "Port": "80"}),
        ("Host example.com", {"Host": "example.com"}),
        ("Host", {"Host": ""}),
        ("a\\ b\\=c=d=e", {"a b=c": "d=e"}),
        ("Query=a, \\\n      b\n", {"Query": "a, b"}),
        ("! remark\n\n  # remark\n Host=\\\\server\\u00e9", {"Host": "\\serveré"}),
        ("Face=\\ud83d\\ude00", {"Face": "\U0001f600"}),
        ("Path=C\\:\\\\in", {"Path": "C:\\in"}),
    ],
)
def test_a_properties_file_is_read_as_java_reads_it(text: str, values: dict[str, str]) -> None:
    assert parameter_file.read(text, Path("orders.PROP")) == values


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("a.properties", "Host=x\nHost=y", "'Host' stands there twice"),
        ("a.properties", "# remark\n=x", "line 2: no key stands in front of the value"),
        ("a.json", '{"Host": "x", "Host": "y"}', "'Host' stands there twice"),
        ("a.json", '{"Port": 80}', "the value of 'Port' is no text"),
        ("a.json", '{"Port": null}', "the value of 'Port' is no text"),
        ("a.json", '{"Host": {"a": "b"}}', "the value of 'Host' is no text"),
        ("a.json", '["Host"]', "is no JSON object of keys and values"),
        ("a.json", '"Host"', "is no JSON object of keys and values"),
        ("a.json", "{" * 100_000, "is no JSON"),
        ("a.json", "", "is no JSON"),
        ("a.csv", "Host,x", "what form is it of? Name it with one of .properties, .prop, .json"),
    ],
)
def test_a_file_that_says_no_values_is_refused(name: str, text: str, said: str) -> None:
    with pytest.raises(ConfigurationError) as error:
        parameter_file.read(text, Path(name))

    assert said in str(error.value)
