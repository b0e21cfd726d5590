"""Was an iFlow edited? What can be said from its package, its version and its dates.

SAP's API has no property that says so. The signals and their weakness: docs/edit-status.md.
"""

from datetime import timedelta
from enum import StrEnum

from iflow_census.scan.tenant_api import DesigntimeIflow, Package

DEFAULT_TOLERANCE = timedelta(seconds=1)
"""The original script compared to the millisecond, and took copies for edits."""


class EditStatus(StrEnum):
    """What is known."""

    EDITED = "EDITED"
    NOT_EDITED = "NOT_EDITED"
    UNKNOWN = "UNKNOWN"


def edit_status(
    package: Package, iflow: DesigntimeIflow, tolerance: timedelta
) -> tuple[EditStatus, str]:
    """Judge an iFlow.

    Args:
        package: the package it lies in.
        iflow: the iFlow.
        tolerance: creation and modification this close count as one act; copying alone already
            leaves some milliseconds between them (SAP OpenAPI: example of a read-only package).

    Returns:
        The status and, in a few words, why.
    """
    if package.configure_only:
        return EditStatus.NOT_EDITED, "configure-only package"
    if iflow.draft:
        return EditStatus.EDITED, "unsaved draft"
    if iflow.created_at is None or iflow.modified_at is None:
        return EditStatus.UNKNOWN, "no dates"
    if abs(iflow.modified_at - iflow.created_at) <= tolerance:
        return EditStatus.NOT_EDITED, "not modified since it was created"
    return EditStatus.EDITED, "modified after it was created"
