"""Edited or not: each rule, and which one comes first."""

from datetime import UTC, datetime, timedelta

import pytest

from iflow_census.scan.edit_status import DEFAULT_TOLERANCE, EditStatus, edit_status
from iflow_census.scan.tenant_api import DesigntimeIflow, Package

CREATED = datetime(2026, 1, 1, 12, tzinfo=UTC)
LATER = CREATED + timedelta(days=30)
SECOND = timedelta(seconds=1)
MILLISECOND = timedelta(milliseconds=1)

CONFIGURE_ONLY = (EditStatus.NOT_EDITED, "configure-only package")
DRAFT = (EditStatus.EDITED, "unsaved draft")
NO_DATES = (EditStatus.UNKNOWN, "no dates")
UNTOUCHED = (EditStatus.NOT_EDITED, "not modified since it was created")
MODIFIED = (EditStatus.EDITED, "modified after it was created")


def judge(
    *,
    mode: str | None = "EDIT_ALLOWED",
    version: str | None = "1.0.0",
    created: datetime | None = CREATED,
    modified: datetime | None = CREATED,
    tolerance: timedelta = SECOND,
) -> tuple[EditStatus, str]:
    iflow = DesigntimeIflow("I", "P", version=version, created_at=created, modified_at=modified)
    return edit_status(Package("P", mode=mode), iflow, tolerance)


def test_in_a_configure_only_package_nothing_is_edited_whatever_else_is_true() -> None:
    assert judge(mode="READ_ONLY", version="Active", modified=LATER) == CONFIGURE_ONLY
    assert judge(mode="READ_ONLY", created=None, modified=None) == CONFIGURE_ONLY


@pytest.mark.parametrize("mode", ["EDIT_ALLOWED", "", None, "read_only", "NEW_MODE"])
def test_any_other_package_lets_the_dates_speak(mode: str | None) -> None:
    assert judge(mode=mode, modified=LATER) == MODIFIED


@pytest.mark.parametrize("version", ["Active", "active", "ACTIVE"])
def test_a_draft_is_edited_whatever_its_dates(version: str) -> None:
    assert judge(version=version) == DRAFT
    assert judge(version=version, created=None, modified=None) == DRAFT


@pytest.mark.parametrize("version", [None, "", "1.0.0", "Active1", "Draft"])
def test_any_other_version_is_no_draft(version: str | None) -> None:
    assert judge(version=version) == UNTOUCHED


@pytest.mark.parametrize(("created", "modified"), [(None, CREATED), (CREATED, None), (None, None)])
def test_without_both_dates_nothing_is_known(
    created: datetime | None, modified: datetime | None
) -> None:
    assert judge(created=created, modified=modified) == NO_DATES


@pytest.mark.parametrize("apart", [timedelta(0), MILLISECOND, SECOND, -SECOND])
def test_dates_within_the_tolerance_are_one_act(apart: timedelta) -> None:
    assert judge(modified=CREATED + apart) == UNTOUCHED


@pytest.mark.parametrize("apart", [SECOND + MILLISECOND, -SECOND - MILLISECOND, timedelta(days=9)])
def test_dates_further_apart_are_an_edit(apart: timedelta) -> None:
    assert judge(modified=CREATED + apart) == MODIFIED


def test_without_tolerance_a_millisecond_is_an_edit() -> None:
    assert judge(modified=CREATED + MILLISECOND, tolerance=timedelta(0)) == MODIFIED
    assert judge(tolerance=timedelta(0)) == UNTOUCHED


def test_the_tolerance_is_a_second_unless_set() -> None:
    assert DEFAULT_TOLERANCE == SECOND
