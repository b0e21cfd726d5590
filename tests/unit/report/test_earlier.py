"""Reports of earlier months."""

from iflow_census.report.earlier import newest_complete
from tests.unit.report.earlier_month import AUGUST, SEPTEMBER, earlier, of_tenants
from tests.unit.report.examples import FAILED, tenant


def test_partial_report_is_not_chosen() -> None:
    partial = of_tenants(tenant("prod", []), FAILED, month=SEPTEMBER)
    complete = earlier(month=AUGUST)

    assert newest_complete([partial, complete]) is complete
    assert newest_complete([partial]) is None


def test_newest_of_several_complete_reports_is_chosen() -> None:
    newest = earlier(month=SEPTEMBER)
    reports = [earlier(month=AUGUST), newest, earlier(month=AUGUST.previous())]

    assert newest_complete(reports) is newest
