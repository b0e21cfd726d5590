"""The columns of an iFlow's messages, and what is missing in them."""

from collections.abc import Mapping, Sequence
from datetime import timedelta

import pytest

from iflow_census.scan.counting import DISCARDED
from iflow_census.scan.message_columns import message_columns, unread_messages
from iflow_census.scan.month_counts import LastMessage, MonthCounts, WindowCounts
from iflow_census.scan.readings import Reading
from iflow_census.scan.results import Unreadable
from iflow_census.scan.tenant_api import LEVEL_ERROR, LEVEL_NONE, LEVEL_UNKNOWN, MessageLog
from tests.unit.scan.fake_tenant import OCTOBER
from tests.unit.scan.inventories import CLOUD, EDGE, NO_COUNTS

STARTED_AT = OCTOBER.start + timedelta(days=1)
NO_HOST = Reading("no host")


def failed(level: str | None = "INFO") -> MessageLog:
    return MessageLog("guid", "A", "FAILED", STARTED_AT, level, "https://ui/guid")


def counted(
    last: Mapping[str, LastMessage], location: str = CLOUD.id, status: str = "FAILED"
) -> WindowCounts:
    """A month with three logs of each of these iFlows, two of them with the same status."""
    by_status = {status: 2, DISCARDED: 1}
    return WindowCounts(
        OCTOBER.window,
        {status: 2 * len(last), DISCARDED: len(last)},
        dict.fromkeys(last, by_status),
        exhaustive=True,
        last_messages=last,
        location=location,
    )


def level_at(*levels: str | None) -> str | None:
    """The level of an iFlow whose last logs in the cloud and at the edge have these levels."""
    windows = [
        counted({"A": LastMessage(Reading(failed(level)))}, location.id)
        for location, level in zip((CLOUD, EDGE), levels, strict=True)
    ]
    columns = message_columns(
        MonthCounts(tuple(windows)),
        "A",
        deployed_at=[CLOUD, EDGE],
        earlier_levels={},
        last_errors=False,
    )
    return columns["log_level"]


@pytest.mark.parametrize(("last_errors", "error"), [(True, "no host"), (False, None)])
def test_columns_have_numbers_and_the_last_message(last_errors: bool, error: str | None) -> None:
    counts = MonthCounts((counted({"A": LastMessage(Reading(failed()), NO_HOST)}),))

    assert message_columns(counts, "A", earlier_levels={}, last_errors=last_errors) == {
        "messages": 2,
        "messages_completed": 0,
        "messages_failed": 2,
        "messages_other": 0,
        "messages_discarded": 1,
        "last_message_at": STARTED_AT,
        "last_message_status": "FAILED",
        "log_level": "INFO",
        "last_error": error,
        "last_message_url": "https://ui/guid",
    }


def test_nothing_is_known_without_counts() -> None:
    columns = message_columns(NO_COUNTS, "A", earlier_levels={"A": "INFO"}, last_errors=True)

    assert {name for name, value in columns.items() if value is not None} == {"log_level"}
    assert columns["log_level"] == "INFO"


def test_failed_message_without_an_error_text_has_no_error() -> None:
    counts = MonthCounts((counted({"A": LastMessage(Reading(failed()), Reading(""))}),))

    assert message_columns(counts, "A", earlier_levels={}, last_errors=True)["last_error"] is None


@pytest.mark.parametrize(
    ("cloud", "edge", "level"),
    [
        ("INFO", "INFO", "INFO"),
        ("INFO", LEVEL_NONE, LEVEL_NONE),
        (LEVEL_ERROR, "INFO", LEVEL_ERROR),
        ("INFO", None, LEVEL_UNKNOWN),
        (None, LEVEL_ERROR, LEVEL_ERROR),
    ],
)
def test_level_is_one_that_may_hide_messages_at_any_location(
    cloud: str | None, edge: str | None, level: str
) -> None:
    assert level_at(cloud, edge) == level


UNREAD_LOG = LastMessage(Reading(reason="HTTP 500"))
UNREAD_ERROR = LastMessage(Reading(failed()), Reading(reason="HTTP 503"))


@pytest.mark.parametrize(
    ("last_errors", "parts"), [(True, ["last messages", "last errors"]), (False, ["last messages"])]
)
def test_unread_messages_and_errors_are_named(last_errors: bool, parts: Sequence[str]) -> None:
    counts = MonthCounts((counted({"A": UNREAD_LOG, "B": UNREAD_ERROR, "C": UNREAD_LOG}),))
    reasons = {
        "last messages": "2 of the last messages could not be read: HTTP 500",
        "last errors": "1 of the last errors could not be read: HTTP 503",
    }

    unread = unread_messages(counts, ["A", "B", "C", "silent"], last_errors=last_errors)

    assert unread == [Unreadable(part, reasons[part]) for part in parts]
