"""The totals of a tenant and the messages of its iFlows, month by month."""

from dataclasses import replace

from iflow_census.report.trend import NOT_COUNTED
from tests.unit.report.earlier_month import AUGUST, earlier, october, of_tenants
from tests.unit.report.examples import DESIGNED, FAILED, report, tenant


def test_months_without_a_report_have_no_totals() -> None:
    months = october([DESIGNED], earlier(DESIGNED, month=AUGUST)).monthly_totals()["prod"]

    assert [str(month.month) for month in months][:1] == ["2025-11"]
    assert [month.total("iflows") for month in months[-4:]] == [None, 1, None, 1]
    assert len(months) == 12


def test_month_of_a_failed_tenant_has_no_totals() -> None:
    failed = of_tenants(replace(FAILED, name="prod"))

    months = replace(report(tenant("prod", [])), earlier=[failed]).monthly_totals()["prod"]

    assert months[-2].totals is None


def test_unused_iflows_of_a_partly_covered_month_are_unknown() -> None:
    prod = tenant("prod", [DESIGNED])
    partial = replace(prod, coverage=replace(prod.coverage, complete=False, reason="gone"))

    (*_, month) = report(partial).monthly_totals()["prod"]

    assert (month.total("unused"), month.total("messages")) == (None, 9)


def test_messages_of_each_iflow_are_those_of_the_eleven_months_before() -> None:
    new = replace(DESIGNED, iflow_id="New")
    august = earlier(replace(DESIGNED, messages=3), month=AUGUST)
    september = earlier(replace(DESIGNED, messages=0), replace(DESIGNED, iflow_id="Removed"))

    messages = october([new, DESIGNED], august, september).monthly_messages()["prod"]

    assert [list(month) for month in messages] == [
        *[[NOT_COUNTED, NOT_COUNTED]] * 9,
        [NOT_COUNTED, 3],
        [NOT_COUNTED, 0],
    ]


def test_messages_that_were_not_counted_are_unknown() -> None:
    messages = october([DESIGNED], earlier(replace(DESIGNED, messages=None))).monthly_messages()

    assert list(messages["prod"][-1]) == [NOT_COUNTED]
