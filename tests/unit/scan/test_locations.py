"""iFlows at an Edge Integration Cell."""

from dataclasses import replace

from iflow_census.scan.inventory import summarize_locations
from iflow_census.scan.month_counts import LastMessage, MonthCounts
from iflow_census.scan.readings import Reading
from iflow_census.scan.results import TenantStatus
from iflow_census.scan.tenant_api import (
    LEVEL_UNKNOWN,
    DesigntimeIflow,
    MessageLog,
    ServiceEndpoint,
)
from iflow_census.scan.usage import Usage
from tests.unit.scan.fake_tenant import OCTOBER
from tests.unit.scan.inventories import (
    CLOUD,
    EDGE,
    WHOLE,
    at_edge,
    inventory,
    month_counts,
    only_row,
    runtime,
    to_rows,
    without_edge,
)

STARTED = runtime("I", version="1.0", status="STARTED", deployed_at=OCTOBER.start)


def test_iflow_at_two_locations_has_the_runtime_of_the_cloud() -> None:
    content = inventory(DesigntimeIflow("I", "P", version="1.0"), deployed=[STARTED])

    row = only_row(at_edge(content, replace(STARTED, version="0.9", status="ERROR")))

    assert row.runtime_locations == (CLOUD.id, EDGE.id)
    assert (row.runtime_status, row.runtime_version) == ("STARTED", "1.0")
    assert row.version_drift is True


def test_iflow_only_at_a_location_is_deployed() -> None:
    content = at_edge(
        inventory(DesigntimeIflow("I", "P", version="1.0")),
        replace(STARTED, status="ERROR"),
        errors={"I": Reading("no queue")},
        endpoints=Reading([ServiceEndpoint("I", ("https://edge",))]),
    )

    row = only_row(content)

    assert (row.deployed, row.runtime_locations) == (True, (EDGE.id,))
    assert (row.runtime_status, row.runtime_error) == ("ERROR", "no queue")
    assert row.endpoints == ("https://edge",)
    assert row.version_drift is False


def test_orphan_of_a_location_has_a_row() -> None:
    row = only_row(at_edge(inventory(), runtime("I", name="Flow")))

    assert (row.orphan, row.iflow_name, row.runtime_locations) == (True, "Flow", (EDGE.id,))


def test_messages_of_all_locations_are_added() -> None:
    content = at_edge(inventory(DesigntimeIflow("I", "P"), deployed=[STARTED]), STARTED)
    (window,) = month_counts({"I": {"COMPLETED": 2}}).windows
    edge = replace(window, by_iflow={"I": {"FAILED": 3}}, location=EDGE.id)

    row = only_row(content, MonthCounts((window, edge)))

    assert (row.messages, row.messages_failed, row.usage) == (5, 3, Usage.USED)


def test_a_level_that_hides_messages_at_one_location_is_shown() -> None:
    content = at_edge(inventory(DesigntimeIflow("I", "P"), deployed=[STARTED]), STARTED)
    (window,) = month_counts({"I": {"COMPLETED": 2}}).windows
    log = MessageLog("G", "I", "COMPLETED", OCTOBER.start, "INFO")
    cloud = replace(window, last_messages={"I": LastMessage(Reading(log))})
    failed = replace(log, status="FAILED", level="ERROR")
    edge = replace(
        window,
        location=EDGE.id,
        by_iflow={"I": {"FAILED": 1}},
        last_messages={"I": LastMessage(Reading(failed))},
    )
    silent_edge = replace(window, location=EDGE.id, by_iflow={})

    newest = only_row(content, MonthCounts((edge, cloud)))
    remembered = only_row(content, MonthCounts((silent_edge, cloud)), {"I": "ERROR"})
    logged_since = only_row(
        replace(content, runtimes=content.runtimes[:1]), MonthCounts((cloud,)), {"I": "ERROR"}
    )

    assert (newest.log_level, remembered.log_level) == ("ERROR", "ERROR")
    assert logged_since.log_level == "INFO"


def test_level_of_a_log_that_could_not_be_read_is_not_the_earlier_one() -> None:
    content = at_edge(inventory(DesigntimeIflow("I", "P"), deployed=[STARTED]), STARTED)
    (window,) = month_counts({"I": {"COMPLETED": 2}}).windows
    log = MessageLog("G", "I", "COMPLETED", OCTOBER.start, "INFO")
    edge = replace(window, location=EDGE.id, last_messages={"I": LastMessage(Reading(log))})

    in_cloud = only_row(
        replace(content, runtimes=content.runtimes[:1]), MonthCounts((window,)), {"I": "INFO"}
    )
    at_both = only_row(content, MonthCounts((window, edge)), {"I": "INFO"})

    assert (in_cloud.log_level, at_both.log_level) == (LEVEL_UNKNOWN, LEVEL_UNKNOWN)


def test_coverage_of_a_location_matters_only_to_its_iflows() -> None:
    other = replace(STARTED, id="J")
    content = at_edge(
        inventory(DesigntimeIflow("I", "P"), DesigntimeIflow("J", "P"), deployed=[STARTED, other]),
        other,
    )

    first, second = to_rows(content, month_counts({}, {}), uncovered=EDGE)

    assert first.usage is Usage.UNUSED
    assert second.usage is Usage.UNKNOWN
    assert second.usage_reason == "only 21 % of the period is covered at location edge"


def test_coverage_matters_where_an_iflow_was_deployed_before() -> None:
    content = at_edge(inventory(DesigntimeIflow("I", "P"), deployed=[STARTED]))
    (window,) = month_counts({}, {}).windows
    before = replace(window, location=EDGE.id, deployed={"I": OCTOBER.start})

    (row,) = to_rows(content, MonthCounts((window, before)), uncovered=EDGE)

    assert row.usage is Usage.UNKNOWN
    assert row.usage_reason == "only 21 % of the period is covered at location edge"


def test_nothing_is_concluded_from_a_location_that_could_not_be_read() -> None:
    content = without_edge(
        inventory(DesigntimeIflow("I", "P"), DesigntimeIflow("J", "P"), deployed=[STARTED])
    )

    deployed, unknown = to_rows(content, month_counts({}, {}))

    assert (deployed.deployed, deployed.endpoints) == (True, ())
    assert (unknown.deployed, unknown.endpoints) == (None, None)
    for row in (deployed, unknown):
        assert row.usage is Usage.UNKNOWN
        assert row.usage_reason == "location edge could not be read"
    (part,) = content.unreadable
    assert (part.part, part.location) == ("location edge", "edge")


def test_endpoints_of_a_location_are_unknown_only_where_it_runs_the_iflow() -> None:
    content = at_edge(
        inventory(DesigntimeIflow("I", "P"), DesigntimeIflow("J", "P"), deployed=[STARTED]),
        replace(STARTED, id="J"),
        endpoints=Reading(reason="HTTP 403"),
    )

    first, second = to_rows(content)

    assert (first.endpoints, second.endpoints) == ((), None)
    assert [part.part for part in content.unreadable] == ["endpoints of location edge"]


def test_locations_are_summarized() -> None:
    content = at_edge(inventory(), STARTED)
    counts = month_counts({}, {"COMPLETED": 2, "DISCARDED": 1})

    cloud, edge = summarize_locations(content, counts, {CLOUD: WHOLE, EDGE: WHOLE})

    assert (cloud.id, cloud.iflows_deployed, cloud.messages) == (CLOUD.id, 0, 2)
    assert (edge.id, edge.iflows_deployed, edge.messages) == ("edge", 1, None)
    assert edge.status is TenantStatus.COMPLETE
