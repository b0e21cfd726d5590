"""Schedules of timers and polling channels.

SAP keeps them in the property `scheduleKey` as rows of cells that look like XML but are not a
document: `schedule1`, `schedule2` … have a Quartz expression with `+` between its fields, and the
time zone. `fireNow=true` is a run once, at deployment.
"""

import re

from iflow_census.scan.anatomy.model import Schedule

_ROW = re.compile(r"<row>\s*<cell>([^<]*)</cell>\s*<cell>([^<]*)</cell>\s*</row>")
_SCHEDULE = re.compile(r"schedule\d+")
_TIME_ZONE = "trigger.timeZone="
_RUN_ONCE = "fireNow=true"
_REPEAT = "simple.repeat="
"""Stands behind an expression, or in its place."""
_MAX_EXPRESSIONS = 20


def parse_schedule(text: str) -> Schedule | None:
    """Parse the value of `scheduleKey`; None if it has no rows, such as a parameter's name."""
    rows = dict(_ROW.findall(text))
    if not rows:
        return None
    run_once, time_zone = False, None
    expressions: list[str] = []
    for key, value in rows.items():
        if not _SCHEDULE.fullmatch(key) or not value:
            continue
        for part in value.replace("&amp;", "&").split("&"):
            if part.startswith(_TIME_ZONE):
                time_zone = part.removeprefix(_TIME_ZONE)
            elif part == _RUN_ONCE:
                run_once = True
            elif part and not (expressions and part.startswith(_REPEAT)):
                expressions.append(part.replace("+", " "))
    return Schedule(run_once, tuple(expressions[:_MAX_EXPRESSIONS]), time_zone)
