"""The figures of the charts."""

from dataclasses import replace

import pytest

from iflow_census.report.chart_data import (
    TOP,
    PackageFigures,
    busiest_iflows,
    failed_share,
    packages_by_unused,
    sum_packages,
)
from iflow_census.scan.edit_status import EditStatus
from iflow_census.scan.results import IflowRow
from iflow_census.scan.usage import Usage
from tests.unit.report.examples import BARE, DESIGNED, ORPHAN, report, report_of, tenant

UNUSED = replace(DESIGNED, iflow_id="Unused", messages=0, usage=Usage.UNUSED)


def test_busiest_iflows_are_limited_and_sorted_by_messages() -> None:
    rows = [replace(DESIGNED, iflow_id=f"{n:02d}", messages=n) for n in range(TOP + 5)]

    busiest = busiest_iflows(report_of(*rows))

    assert [row.messages for row in busiest] == list(range(TOP + 4, 4, -1))


def test_iflows_without_messages_are_not_busy() -> None:
    assert busiest_iflows(report_of(UNUSED, BARE)) == []


def test_package_counts_its_iflows_by_status_and_usage() -> None:
    idle = replace(
        DESIGNED,
        deployed=False,
        edit_status=EditStatus.NOT_EDITED,
        messages=2,
        messages_failed=2,
        usage=Usage.NOT_DEPLOYED,
    )
    unknown = replace(BARE, deployed=None)

    assert sum_packages(report_of(DESIGNED, UNUSED, UNUSED, idle, unknown)) == [
        PackageFigures(
            "prod",
            "Pkg",
            "Package",
            "SAP",
            "1.2.0",
            "EDIT_ALLOWED",
            iflows=5,
            deployed=3,
            edited=3,
            used=1,
            unused=2,
            not_deployed=1,
            unknown=1,
            messages=9,
            messages_failed=5,
        )
    ]


def test_messages_of_a_package_are_unknown_if_none_were_counted() -> None:
    (package,) = sum_packages(report_of(BARE))

    assert (package.iflows, package.unknown) == (1, 1)
    assert (package.messages, package.messages_failed) == (None, None)


def test_packages_with_most_unused_iflows_come_first() -> None:
    other = replace(DESIGNED, iflow_id="Other", package_id="Other")

    packages = packages_by_unused(report_of(other, DESIGNED, UNUSED, ORPHAN))

    assert [(package.package_id, package.unused) for package in packages] == [
        ("Pkg", 1),
        ("Other", 0),
    ]


@pytest.mark.parametrize(
    ("messages", "failed", "expected"),
    [(4, 1, 0.25), (4, 0, 0.0), (0, 0, None), (None, None, None), (4, None, None)],
)
def test_failed_share(messages: int | None, failed: int | None, expected: float | None) -> None:
    assert failed_share(messages, failed) == expected


def test_iflow_without_failures_adds_none_to_its_package() -> None:
    (package,) = sum_packages(report_of(replace(DESIGNED, messages_failed=0), BARE))

    assert (package.messages, package.messages_failed) == (7, 0)


def test_equally_unused_packages_are_sorted_by_size_tenant_and_id() -> None:
    def rows(package: str, count: int = 1) -> list[IflowRow]:
        return [
            replace(DESIGNED, iflow_id=f"{package}{n}", package_id=package) for n in range(count)
        ]

    dev = tenant("dev", [*rows("C"), *rows("B"), *rows("Large", 2)])

    packages = packages_by_unused(report(dev, tenant("abc", rows("Z"))))

    assert [(package.tenant, package.package_id) for package in packages] == [
        ("dev", "Large"),
        ("abc", "Z"),
        ("dev", "B"),
        ("dev", "C"),
    ]
