"""What a column of the report is: its name, type, and where it is shown."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from iflow_census.scan.edit_status import EditStatus
from iflow_census.scan.usage import Usage

DOCUMENTS = frozenset({"csv", "jsonl", "table", "xlsx", "html"})
"""The documents with a row per iFlow. report.json always has every column."""


@dataclass(frozen=True, slots=True)
class Type:
    """A type of column.

    Attributes:
        glue: the type in the Glue table.
        schema: the type in the JSON Schema of report.json.
        kind: how people see the values: "text", "count", "timestamp", "flag", "list" or "status".
    """

    glue: str
    schema: Mapping[str, Any]
    kind: str = "text"


REQUIRED_TEXT = Type("string", {"type": "string", "minLength": 1})
TEXT = Type("string", {"$ref": "#/$defs/text"})
TIMESTAMP = Type("string", {"$ref": "#/$defs/timestamp"}, "timestamp")
COUNT = Type("bigint", {"$ref": "#/$defs/count"}, "count")
REQUIRED_FLAG = Type("boolean", {"type": "boolean"}, "flag")
FLAG = Type("boolean", {"type": ["boolean", "null"]}, "flag")
EDIT_STATUS = Type("string", {"enum": [*EditStatus]}, "status")
USAGE = Type("string", {"enum": [*Usage]}, "status")
LIST = Type(
    "array<string>",
    {"type": ["array", "null"], "items": {"type": "string", "minLength": 1}, "uniqueItems": True},
    "list",
)


@dataclass(frozen=True, slots=True)
class Column:
    """A column of the report.

    Attributes:
        name: the field of `IflowRow`, and the name in csv, JSON and SQL.
        label: the header for people.
        type: the type of its values.
        description: what it means, for the JSON Schema and the documentation.
        width: in report.xlsx, in characters.
        full_width: report.html gives it a line of its own in the details of an iFlow.
        searchable: the search field of report.html looks through it.
        documents: those of `DOCUMENTS` that include it.
    """

    name: str
    label: str
    type: Type
    description: str
    width: int = 16
    full_width: bool = False
    searchable: bool = False
    documents: frozenset[str] = DOCUMENTS
