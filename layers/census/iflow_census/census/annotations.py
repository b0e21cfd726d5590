"""Adds the decisions in annotations.csv to the tenants of a report."""

import logging
from collections.abc import Sequence

from iflow_census.census.run_context import RunContext
from iflow_census.errors import CensusError
from iflow_census.report.annotations import (
    ANNOTATIONS,
    Annotations,
    Annotator,
    parse_annotations,
)

_log = logging.getLogger(__name__)


def open_annotations(run: RunContext) -> Annotator:
    """Read the decisions for a report; one without them is better than none."""
    try:
        return Annotator(read_annotations(run))
    except CensusError as error:
        problem = f"{ANNOTATIONS}: not read, so no decision is shown: {error}"
        return Annotator(Annotations(problems=[problem]))


def log_problems(annotator: Annotator) -> Sequence[str]:
    """Log which lines of the file could not be used, and return that for readers of the report."""
    problems = annotator.problems()
    for problem in problems:
        _log.warning("%s", problem)
    return problems


def read_annotations(run: RunContext) -> Annotations:
    """Read the decisions."""
    stored = run.services.reports.read(ANNOTATIONS)
    return parse_annotations(stored.body) if stored else Annotations()
