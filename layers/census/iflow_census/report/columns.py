"""The columns of an iFlow row: each is described once, here.

The documents take labels, widths and types from this table. The Glue table in template.yaml, the
JSON Schema and the column table in docs/consumers.md are generated from it by `make columns`.
"""

from dataclasses import fields
from typing import Any, TypeVar

from iflow_census.report.column import (
    COUNT,
    EDIT_STATUS,
    FLAG,
    LIST,
    REQUIRED_FLAG,
    REQUIRED_TEXT,
    TEXT,
    TIMESTAMP,
    USAGE,
    Column,
)
from iflow_census.report.model_columns import MODEL_COLUMNS

Shape = TypeVar("Shape")

COLUMNS = (
    Column("tenant", "Tenant", REQUIRED_TEXT, "Name of the tenant.", width=12, searchable=True),
    Column(
        "package_id",
        "Package id",
        TEXT,
        "Id of the integration package; null for orphans.",
        searchable=True,
    ),
    Column("package_name", "Package", TEXT, "Name of the package.", width=30, searchable=True),
    Column("package_vendor", "Vendor", TEXT, "Vendor of the package.", searchable=True),
    Column("package_version", "Package version", TEXT, "Version of the package."),
    Column("package_mode", "Package mode", TEXT, "SAP's value: READ_ONLY or EDIT_ALLOWED."),
    Column(
        "iflow_id",
        "iFlow id",
        REQUIRED_TEXT,
        "Id of the iFlow, unique within its tenant.",
        width=38,
        searchable=True,
    ),
    Column("iflow_name", "iFlow", TEXT, "Name of the iFlow.", width=38, searchable=True),
    Column(
        "iflow_version", "Version", TEXT, 'Design-time version; "Active" or "Draft" for a draft.'
    ),
    Column(
        "edit_status",
        "Edited",
        EDIT_STATUS,
        "Whether the iFlow was edited, judged by its version and its dates.",
        width=13,
    ),
    Column(
        "edit_reason",
        "Edit reason",
        REQUIRED_TEXT,
        "What the edit status is based on, in words that may change.",
        width=30,
    ),
    Column(
        "draft",
        "Unsaved draft",
        FLAG,
        "Whether there are changes that are not saved as a version; null for orphans.",
    ),
    Column("created_at", "Created", TIMESTAMP, "When the iFlow was created."),
    Column("created_by", "Created by", TEXT, "User who created it.", searchable=True),
    Column("modified_at", "Modified", TIMESTAMP, "When the iFlow was last modified."),
    Column("modified_by", "Modified by", TEXT, "User who last modified it.", searchable=True),
    Column(
        "deployed",
        "Deployed",
        FLAG,
        "Whether the iFlow is deployed at any runtime location; null if a location could not be "
        "read and it is deployed at none of the others.",
    ),
    Column(
        "runtime_status",
        "Runtime status",
        TEXT,
        "SAP's value: STARTED, STARTING, STOPPING or ERROR.",
        width=14,
    ),
    Column("runtime_version", "Deployed version", TEXT, "Version that is deployed."),
    Column(
        "version_drift",
        "Version drift",
        FLAG,
        "Whether the deployed version differs from the design-time version; null for drafts and "
        "where either version is unknown.",
    ),
    Column("deployed_at", "Deployed on", TIMESTAMP, "When the iFlow was last deployed."),
    Column("deployed_by", "Deployed by", TEXT, "User who last deployed it.", searchable=True),
    Column(
        "runtime_error",
        "Runtime error",
        TEXT,
        "SAP's error message where the runtime status is ERROR.",
        full_width=True,
        searchable=True,
    ),
    Column(
        "orphan",
        "Orphan",
        REQUIRED_FLAG,
        "Whether the iFlow is deployed but has no design-time artifact.",
    ),
    Column(
        "messages",
        "Messages",
        COUNT,
        "Number of message processing logs that started in the covered part of the month, at all "
        "runtime locations, without DISCARDED ones.",
        width=12,
    ),
    Column("messages_completed", "Completed", COUNT, "Messages with status COMPLETED."),
    Column("messages_failed", "Failed", COUNT, "Messages with status FAILED.", width=10),
    Column(
        "messages_other",
        "Other",
        COUNT,
        "Messages with any other status except DISCARDED; messages is the sum of the three.",
    ),
    Column(
        "usage",
        "Usage",
        USAGE,
        "USED: there were messages. UNUSED: it was deployed throughout the period, there were no "
        "messages, and none can have been missed. NOT_DEPLOYED: it is not deployed, and there were "
        "no messages. UNKNOWN: none of these is proven; usage_reason says why.",
    ),
    Column(
        "endpoints",
        "Endpoints",
        LIST,
        "URLs of the deployed iFlow, sorted; null if they could not be read.",
        width=50,
        full_width=True,
        searchable=True,
    ),
    Column(
        "description",
        "Description",
        TEXT,
        "Description entered in the iFlow's properties.",
        full_width=True,
        searchable=True,
    ),
    Column("sender", "Sender", TEXT, "Sender entered in the iFlow's properties.", searchable=True),
    Column(
        "receiver", "Receiver", TEXT, "Receiver entered in the iFlow's properties.", searchable=True
    ),
    Column(
        "messages_discarded",
        "Discarded",
        COUNT,
        "Logs with status DISCARDED, which are not messages: where another node runs the same "
        "scheduled iFlow, SAP writes one each time.",
    ),
    Column(
        "usage_reason",
        "Usage reason",
        REQUIRED_TEXT,
        "What the usage is based on, in words that may change.",
        width=38,
        full_width=True,
    ),
    Column(
        "package_update_available",
        "Update available",
        FLAG,
        "Whether an update of the package is available; null for orphans, and where SAP does not "
        "say.",
    ),
    Column(
        "package_modified_at",
        "Package modified",
        TIMESTAMP,
        "When the package was last modified; null for orphans.",
    ),
    Column(
        "package_modified_by",
        "Package modified by",
        TEXT,
        "User who last modified the package.",
        searchable=True,
    ),
    Column(
        "last_message_at",
        "Last message",
        TIMESTAMP,
        "When the last message in the covered part of the month started; null if there was none, "
        "or it could not be read.",
    ),
    Column(
        "last_message_status",
        "Last status",
        TEXT,
        "SAP's status of the last message when it was counted.",
    ),
    Column(
        "log_level",
        "Log level",
        TEXT,
        "Log level of the last log seen, in this month or, if it has none, in the months before. "
        "It may have been changed since. At ERROR only failed messages are logged, at NONE none; "
        "of an iFlow at several runtime locations, such a level at any of them is shown. UNKNOWN: "
        "the last log or last month's snapshot could not be read. Null: no log is known of.",
    ),
    Column(
        "last_error",
        "Last error",
        TEXT,
        "First line of the error of the last failed message, at most 300 characters; null unless "
        "last_errors is switched on, as it may contain payload.",
        full_width=True,
        searchable=True,
    ),
    Column(
        "runtime_locations",
        "Runtime locations",
        LIST,
        "Where the iFlow is deployed: cloudintegration is the cloud, other values are Edge "
        "Integration Cells. Columns with one value, such as runtime_status, are of the first.",
        width=20,
    ),
    Column(
        "decision",
        "Decision",
        TEXT,
        "What was decided in annotations.csv: keep, retire or watch; null without a decision.",
        searchable=True,
        width=10,
    ),
    Column(
        "owner",
        "Owner",
        TEXT,
        "Who is responsible: the owner in annotations.csv; without one, the custom tag of the "
        "package that the setting owner_tag names.",
        searchable=True,
    ),
    Column(
        "decision_due",
        "Due",
        TEXT,
        "Until when: a month (2026-11) or a day (2026-11-15).",
        width=12,
    ),
    Column(
        "decision_note",
        "Decision note",
        TEXT,
        "Note in annotations.csv.",
        width=38,
        full_width=True,
        searchable=True,
    ),
    Column(
        "decision_overdue",
        "Overdue",
        FLAG,
        "Whether the iFlow was still deployed after the due date; null without a decision.",
    ),
    Column(
        "last_message_url",
        "Last message in SAP",
        TEXT,
        "Page of the last message in the tenant's web UI, as SAP names it; only https.",
        full_width=True,
    ),
    *MODEL_COLUMNS,
)
"""In the order of every document. New columns go to the end."""

COLUMN_NAMES = tuple(column.name for column in COLUMNS)
COLUMN_LABELS = {column.name: column.label for column in COLUMNS}


def columns_of(document: str) -> tuple[Column, ...]:
    """Return the columns that a document includes."""
    return tuple(column for column in COLUMNS if document in column.documents)


def select_columns(row: object, shape: type[Shape], **others: Any) -> Shape:
    """Build a dataclass from the columns of a row that its fields name, and from other values."""
    names = (field.name for field in fields(shape))  # type: ignore[arg-type]
    return shape(**{name: getattr(row, name) for name in names if name not in others}, **others)
