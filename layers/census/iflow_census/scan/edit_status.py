"""Whether an iFlow was edited, judged by its package, version and dates.

SAP's API has no property for it. docs/numbers.md lists the signals and their limits.
"""

from datetime import timedelta
from enum import StrEnum

from iflow_census.scan.tenant_api import DesigntimeIflow, Package

DEFAULT_TOLERANCE = timedelta(seconds=1)
"""The original script compared to the millisecond and reported copies as edited."""


class EditStatus(StrEnum):
    """Whether an iFlow was edited; UNKNOWN if its dates do not show it."""

    EDITED = "EDITED"
    NOT_EDITED = "NOT_EDITED"
    UNKNOWN = "UNKNOWN"


def determine_edit_status(
    package: Package, iflow: DesigntimeIflow, tolerance: timedelta
) -> tuple[EditStatus, str]:
    """Determine the edit status of an iFlow, and the reason for it in a few words.

    `tolerance` is the longest time between creation and modification of an unedited iFlow; they are
    some milliseconds apart after a copy (SAP OpenAPI: example of a read-only package).
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
