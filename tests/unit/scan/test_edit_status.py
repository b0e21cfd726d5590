"""Each rule of the edit status, and the order of the rules."""

from datetime import UTC, datetime, timedelta

import pytest

from iflow_census.scan.edit_status import DEFAULT_TOLERANCE, EditStatus, determine_edit_status
from iflow_census.scan.tenant_api import DesigntimeIflow, Package

CREATED = datetime(2026, 1, 1, 12, tzinfo=UTC)
LATER = CREATED + timedelta(days=30)
SECOND = timedelta(seconds=1)
MILLISECOND = timedelta(milliseconds=1)

CONFIGURE_ONLY = (EditStatus.NOT_EDITED, "configure-only package")
DRAFT = (EditStatus.EDITED, "unsaved draft")
NO_DATES = (EditStatus.UNKNOWN, "no dates")
NOT_MODIFIED = (EditStatus.NOT_EDITED, "not modified since it was created")
MODIFIED = (EditStatus.EDITED, "modified after it was created")


def status_of(
    *,
    mode: str | None = "EDIT_ALLOWED",
    version: str | None = "1.0.0",
    created: datetime | None = CREATED,
    modified: datetime | None = CREATED,
    tolerance: timedelta = SECOND,
) -> tuple[EditStatus, str]:
    iflow = DesigntimeIflow("I", "P", version=version, created_at=created, modified_at=modified)
    return determine_edit_status(Package("P", mode=mode), iflow, tolerance)


def test_configure_only_package_has_no_edited_iflows() -> None:
    assert status_of(mode="READ_ONLY", version="Active", modified=LATER) == CONFIGURE_ONLY
    assert status_of(mode="READ_ONLY", created=None, modified=None) == CONFIGURE_ONLY


@pytest.mark.parametrize("mode", ["EDIT_ALLOWED", "", None, "read_only", "NEW_MODE"])
def test_dates_decide_in_any_other_package(mode: str | None) -> None:
    assert status_of(mode=mode, modified=LATER) == MODIFIED


@pytest.mark.parametrize("version", ["Active", "active", "ACTIVE", "Draft", "draft"])
def test_draft_is_edited_whatever_its_dates(version: str) -> None:
    assert status_of(version=version) == DRAFT
    assert status_of(version=version, created=None, modified=None) == DRAFT


@pytest.mark.parametrize("version", [None, "", "1.0.0", "Active1", "Drafts"])
def test_any_other_version_is_not_a_draft(version: str | None) -> None:
    assert status_of(version=version) == NOT_MODIFIED


@pytest.mark.parametrize(("created", "modified"), [(None, CREATED), (CREATED, None), (None, None)])
def test_status_is_unknown_without_both_dates(
    created: datetime | None, modified: datetime | None
) -> None:
    assert status_of(created=created, modified=modified) == NO_DATES


@pytest.mark.parametrize("difference", [timedelta(0), MILLISECOND, SECOND, -SECOND])
def test_difference_within_the_tolerance_is_not_an_edit(difference: timedelta) -> None:
    assert status_of(modified=CREATED + difference) == NOT_MODIFIED


@pytest.mark.parametrize(
    "difference", [SECOND + MILLISECOND, -SECOND - MILLISECOND, timedelta(days=9)]
)
def test_difference_beyond_the_tolerance_is_an_edit(difference: timedelta) -> None:
    assert status_of(modified=CREATED + difference) == MODIFIED


def test_millisecond_is_an_edit_without_tolerance() -> None:
    assert status_of(modified=CREATED + MILLISECOND, tolerance=timedelta(0)) == MODIFIED
    assert status_of(tolerance=timedelta(0)) == NOT_MODIFIED


def test_default_tolerance_is_a_second() -> None:
    assert DEFAULT_TOLERANCE == SECOND
