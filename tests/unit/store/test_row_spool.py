"""Rows in a temporary file."""

from dataclasses import replace

import pytest

from iflow_census.store.row_spool import RowSpool
from tests.unit.report.examples import BARE, DESIGNED, FAILED, HOSTILE_NAMES, ORPHAN, tenant
from tests.unit.scan.test_systems import connection


def test_rows_are_read_back_unchanged_in_any_order() -> None:
    spool = RowSpool(max_in_memory=0)
    hostile = [replace(DESIGNED, iflow_id=name, iflow_name=name) for name in HOSTILE_NAMES]
    dev, prod = tenant("dev", [DESIGNED, BARE, ORPHAN]), tenant("prod", hostile)

    heads = [spool.move(result) for result in (dev, FAILED, prod)]

    assert [head.iflows for head in heads] == [[], [], []]
    assert spool.read("prod") == prod.iflows
    assert spool.read("dev") == dev.iflows
    assert spool.read("test") == []


def test_few_rows_stay_in_memory_and_the_others_are_written() -> None:
    spool = RowSpool(max_in_memory=2)
    dev, prod = tenant("dev", [DESIGNED, BARE]), tenant("prod", [DESIGNED])

    spool.move(dev)
    spool.move(prod)

    assert spool.read("dev") is dev.iflows
    assert spool.read("prod") == prod.iflows
    assert spool.read("prod") is not prod.iflows


@pytest.mark.parametrize("max_in_memory", [0, 2])
def test_connections_are_read_back_unchanged(max_in_memory: int) -> None:
    spool = RowSpool(max_in_memory)
    prod = replace(tenant("prod", [DESIGNED]), connections=[connection("Sender", host="erp")])

    head = spool.move(prod)

    assert (head.iflows, head.connections) == ([], [])
    assert spool.read("prod") == prod.iflows
    assert spool.read_connections("prod") == prod.connections
