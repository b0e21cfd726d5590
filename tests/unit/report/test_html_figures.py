"""The figures and charts of report.html above its table."""

from dataclasses import replace

import pytest

from iflow_census.report.html_figures import Bar, day_charts, month_charts, sum_figures
from tests.unit.report.earlier_month import AUGUST, earlier, october, of_tenants
from tests.unit.report.examples import DESIGNED, FAILED, OCTOBER, report, tenant


@pytest.mark.parametrize(
    ("counts", "heights"),
    [([1, 0, None], [1.0, 0.0, None]), ([4, 1, None], [1.0, 0.25, None]), ([0, 0, 0], [0, 0, 0])],
)
def test_bars_are_as_high_as_their_share_of_the_highest(
    counts: list[int | None], heights: list[float | None]
) -> None:
    prod = replace(tenant("prod", []), messages_per_day=[*counts, *[0] * 28])

    ((name, bars),) = day_charts(OCTOBER, [prod, tenant("dev", [])])

    assert name == "prod"
    assert [bar.height for bar in bars[:3]] == heights
    assert [bar.label for bar in bars][::30] == ["2026-10-01", "2026-10-31"]


def test_trends_are_of_tenants_with_two_months() -> None:
    dev, prod = tenant("dev", []), tenant("prod", [DESIGNED])
    census = replace(report(dev, prod, FAILED), earlier=[of_tenants(prod, month=AUGUST)])

    charts = dict(month_charts(census, census.tenants))

    assert list(charts) == ["prod"]
    assert [label for label, _ in charts["prod"]] == ["iFlows", "Edited", "Unused", "Messages"]
    bars = dict(charts["prod"])["Messages"]
    assert [bar.label for bar in bars][::11] == ["2025-11", "2026-10"]
    assert bars[-3:] == [
        Bar("2026-08", "9", 1.0),
        Bar("2026-09", "\N{EN DASH}", None),
        Bar("2026-10", "9", 1.0),
    ]


def test_trend_has_no_charts_in_its_first_month() -> None:
    census = october([DESIGNED])
    two_months = october([DESIGNED], earlier())

    assert month_charts(census, census.tenants) == []
    assert month_charts(two_months, []) == []


def test_sum_of_all_tenants_has_no_changes() -> None:
    figures = sum_figures([tenant("dev", [DESIGNED]), tenant("prod", []), FAILED])

    assert [(figure.label, figure.value, figure.delta, figure.link) for figure in figures] == [
        ("iFlows", "1", None, None),
        ("Deployed", "4", None, "#deployed=yes"),
        ("Edited", "2", None, "#edited=EDITED"),
        ("Unused", "2", None, "#usage=UNUSED"),
        ("Orphans", "2", None, "#orphan=yes"),
        ("Messages", "18", None, None),
        ("Failed", "11.1 %", None, "#failing=yes"),
    ]
