"""Adds the decisions in annotations.csv to the tenants of a report."""

import logging
from collections.abc import Sequence

from iflow_census.census.run_context import RunContext
from iflow_census.errors import CensusError
from iflow_census.report.annotations import (
    ANNOTATIONS,
    Annotations,
    annotate,
    parse_annotations,
)
from iflow_census.scan.results import TenantResult

_log = logging.getLogger(__name__)


def with_decisions(
    run: RunContext, tenants: Sequence[TenantResult]
) -> tuple[Sequence[TenantResult], Sequence[str]]:
    """Add the decisions to the rows of the tenants.

    Returns:
        The tenants, and which lines of the file could not be used. They are logged, too.
    """
    annotated, problems = annotate(tenants, _read(run))
    for problem in problems:
        _log.warning("%s", problem)
    return annotated, problems


def _read(run: RunContext) -> Annotations:
    reports = run.services.reports
    try:
        stored = reports.read(ANNOTATIONS)
    except CensusError as error:
        # A report without decisions is better than none.
        return Annotations(problems=[f"{ANNOTATIONS}: not read, so no decision is shown: {error}"])
    return parse_annotations(ANNOTATIONS, stored.body) if stored else Annotations()
