"""The rules in systems.csv, as the steps of a run read them."""

import logging

from iflow_census.census.run_context import RunContext
from iflow_census.errors import CensusError
from iflow_census.scan.systems import SYSTEMS_FILE, SystemRules, parse_systems

_log = logging.getLogger(__name__)


def read_systems(run: RunContext) -> SystemRules:
    """Read the rules, which may be missing. Raises the errors of the store."""
    file = run.services.reports.read(SYSTEMS_FILE)
    return parse_systems(file.body) if file else SystemRules()


def read_systems_of_report(run: RunContext) -> SystemRules:
    """Read the rules for a report, which is published without systems if they cannot be read."""
    try:
        rules = read_systems(run)
    except CensusError as error:
        rules = SystemRules(problems=[f"{SYSTEMS_FILE}: not read, so no system is shown: {error}"])
    for problem in rules.problems:
        _log.warning("%s", problem)
    return rules
