"""The names of fact sheets."""

from iflow_census.leanix.names import choose_names
from iflow_census.scan.results import IflowRow
from tests.unit.leanix.rows import iflow


def names_of(*rows: IflowRow) -> dict[str, str]:
    return {iflow_id: name.name for iflow_id, name in choose_names(rows, "prod: ").items()}


def test_name_that_occurs_once_is_not_changed() -> None:
    assert names_of(iflow("A", iflow_name="Orders"), iflow("B", iflow_name=None)) == {
        "A": "prod: Orders",
        "B": "prod: B",
    }


def test_package_keeps_equal_names_apart() -> None:
    rows = [iflow("A", iflow_name="Orders"), iflow("B", iflow_name="orders ", package_name="P")]

    assert names_of(*rows) == {
        "A": "prod: Orders (Sales processes)",
        "B": "prod: orders  (P)",
    }


def test_id_keeps_equal_names_of_one_package_apart() -> None:
    rows = [iflow(name, iflow_name="Orders") for name in ("A", "B")]

    assert names_of(*rows, iflow("C", iflow_name="Orders", package_name="P")) == {
        "A": "prod: Orders (Sales processes, A)",
        "B": "prod: Orders (Sales processes, B)",
        "C": "prod: Orders (P)",
    }


def test_ids_that_differ_in_case_only_end_with_equal_names() -> None:
    rows = [iflow(name, iflow_name="Orders") for name in ("a", "A")]

    assert names_of(*rows) == {
        "a": "prod: Orders (Sales processes, a)",
        "A": "prod: Orders (Sales processes, A)",
    }


def test_changed_name_never_equals_that_of_another_iflow() -> None:
    rows = [
        iflow("A", iflow_name="Orders"),
        iflow("B", iflow_name="Orders", package_name="P"),
        iflow("C", iflow_name="Orders (P)"),
        iflow("D", iflow_name="Orders", package_id=None, package_name=None),
    ]

    assert len(set(names_of(*rows).values())) == 4


def test_order_of_the_iflows_does_not_matter() -> None:
    rows = [iflow(name, iflow_name="Orders") for name in ("A", "B")]

    assert names_of(*rows) == names_of(*reversed(rows))


def test_alternatives_get_longer_until_the_tenant() -> None:
    name = choose_names([iflow("A", iflow_name="Orders")], "")["A"]

    assert (name.name, name.original) == ("Orders", None)
    assert name.alternatives == [
        "Orders (Sales processes)",
        "Orders (Sales processes, A)",
        "Orders (Sales processes, A, prod)",
    ]
