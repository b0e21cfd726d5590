"""The sheet "Health" of report.xlsx."""

from dataclasses import replace
from datetime import datetime

from openpyxl.utils.escape import unescape

from iflow_census.scan.health import (
    ArtifactInError,
    ExpiringCertificate,
    JmsQueue,
    QueueState,
)
from iflow_census.scan.readings import Reading
from tests.unit.report.examples import (
    FAILED,
    HEALTH,
    HOSTILE_NAMES,
    OTHER_ARTIFACTS,
    SCANNED,
    UNHEALTHY,
    report,
    tenant,
)
from tests.unit.report.test_xlsx import ERROR, WARNING, colors, open_workbook, rows


def test_health_has_a_row_per_object_and_per_unknown_part() -> None:
    census = report(replace(tenant("prod", []), health=HEALTH), FAILED)

    _, *lines = rows(census, "Health")

    cells = [tuple(cell for cell in line if cell is not None) for line in lines]
    assert ("prod", "User credentials", 7) in cells
    assert ("prod", "Script collections (deployed)", 0) in cells
    assert ("prod", "Data stores", "unknown", HEALTH.data_stores.reason) in cells
    assert cells[0][:3] == ("prod", "Deployed artifacts in error", "incomplete")
    assert ("prod", "Deployed artifact in error", "Mute", "error") in cells
    assert ("prod", "JMS bytes used", 5 * 2**20) in cells
    assert ("prod", "JMS consumers", "exhausted") in cells
    assert ("prod", "JMS queue", "Stuck", "critical") in cells
    label = "Credentials whose names are in no model that was read"
    note = "These names are in none of the 8 models."
    assert ("prod", label, 2, note) in cells
    assert ("prod", label, "HR", "OAuth2 client credentials", "not found", note) in cells
    (soon,) = (line for line in lines if line[2] == "soon")
    until = datetime(2026, 11, 11, 0, 31, 12, 346000)  # noqa: DTZ001
    assert soon[3:9] == ("Key Pair", "expires", None, 10, until, "Tenant Administrator")
    assert cells[-1] == ("test", "Health", "not read")


def test_other_deployed_artifacts_are_on_the_health_sheet() -> None:
    census = report(replace(tenant("prod", []), other_artifacts=OTHER_ARTIFACTS), FAILED)

    _, *lines = rows(census, "Health")

    what = "Deployed artifacts other than iFlows"
    assert [line[:6] for line in lines] == [
        ("prod", "Health", None, None, "not read", None),
        ("prod", what, None, None, None, 1),
        ("prod", what, None, "SCRIPT_COLLECTION", "STARTED", 1204),
        ("prod", what, None, "VALUE_MAPPING", "ERROR", 2),
        ("test", "Health", None, None, "not read", None),
    ]
    assert colors(census, "Health") == {("prod", "State"): ERROR}


def test_refused_health_has_a_reason_for_each_part() -> None:
    lines = rows(report(replace(tenant("prod", []), health=UNHEALTHY)), "Health")[1:]

    assert [(line[4], line[9]) for line in lines] == [("unknown", "HTTP 403")] * 10


def test_aliases_queues_and_errors_are_only_text() -> None:
    broker = HEALTH.jms.value
    assert broker is not None
    tenants = [
        replace(
            tenant(f"tenant-{number:02}", []),
            health=replace(
                HEALTH,
                certificates=Reading([ExpiringCertificate(name, name, name, SCANNED, 0)]),
                jms=Reading(replace(broker, queues=[JmsQueue(name, QueueState.UNKNOWN)])),
                artifacts_in_error=Reading([ArtifactInError(name, name, name, name)]),
                data_stores=Reading(reason=name),
            ),
        )
        for number, name in enumerate(HOSTILE_NAMES)
    ]

    sheet = open_workbook(report(*tenants))["Health"]

    cells = [cell for line in sheet.iter_rows() for cell in line]
    assert all(cell.data_type != "f" and cell.hyperlink is None for cell in cells)
    texts = [unescape(str(cell.value)) for cell in cells if cell.data_type == "s"]
    assert {name: texts.count(name) for name in HOSTILE_NAMES} == dict.fromkeys(HOSTILE_NAMES, 8)


def test_health_is_highlighted_by_how_bad_it_is() -> None:
    today = ExpiringCertificate("today", "Certificate", "Tenant Administrator", SCANNED, 0)
    gone = ExpiringCertificate("gone", "Certificate", "Tenant Administrator", SCANNED, -1)
    health = replace(HEALTH, certificates=Reading([today, gone]))
    sheet = open_workbook(report(replace(tenant("prod", []), health=health)))["Health"]

    lines = {line[2].value: line for line in sheet.iter_rows() if line[2].value}

    def color(name: str, column: int) -> str:
        return str(lines[name][column].fill.fgColor.rgb)

    assert [lines[name][4].value for name in ("today", "gone")] == ["expires", "expired"]
    assert (color("today", 4), color("gone", 4)) == (WARNING, ERROR)
    assert (color("today", 6), color("gone", 6)) == ("00000000", ERROR)
    assert (color("Slow", 4), color("Stuck", 4), color("Mute", 4)) == (WARNING, ERROR, ERROR)
    assert color("Stuck", 6) == color("Orders in", 4) == "00000000"
