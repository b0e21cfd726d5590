"""Models are searched again for the names of credentials that are new."""

from dataclasses import replace

from iflow_census.scan.anatomy.model import ModelResult
from iflow_census.scan.readings import Reading
from tests.unit.scan.test_model_scan import Models, iflow, make_inventory


def test_names_of_credentials_are_searched_for_once_each() -> None:
    models = Models()
    models.packages["P"] = ["a", "b"]

    found = models.scan(make_inventory(iflow("a"), iflow("b")), names=["Y", "X", "X"])

    assert models.names == ("X", "Y")
    assert found.searched == {"X", "Y"}
    assert {stored.searched for stored in found.stored} == {("X", "Y")}


def test_model_is_not_read_again_without_a_new_name() -> None:
    models = Models()
    inventory = make_inventory(iflow("a"))
    stored = models.scan(inventory, names=["X", "Y"]).stored

    again = models.scan(inventory, stored, names=["Y"])

    assert models.asked == ["a"]
    assert (again.stored, again.searched) == (stored, {"Y"})


def test_some_models_are_searched_again_for_a_new_name() -> None:
    models = Models()
    inventory = make_inventory(*(iflow(f"a{number:03}") for number in range(250)))
    stored = models.scan(inventory, names=["X"]).stored
    models.asked.clear()

    second = models.scan(inventory, stored, names=["X", "Y"])

    assert len(models.asked) == 25
    assert second.searched == {"X"}
    assert second.unreadable == []
    for _ in range(9):
        second = models.scan(inventory, second.stored, names=["X", "Y"])
    assert len(models.asked) == len(set(models.asked)) == 250
    assert second.searched == {"X", "Y"}


def test_models_that_were_searched_for_fewest_names_come_first() -> None:
    models = Models()
    inventory = make_inventory(*(iflow(f"a{number:02}") for number in range(30)))
    stored = models.scan(inventory, names=["X"]).stored
    behind = [replace(old, searched=()) for old in stored[25:]]
    models.asked.clear()

    models.scan(inventory, [*stored[:25], *behind], names=["X", "Y"])

    assert len(models.asked) == 20
    assert {old.iflow_id for old in behind} < set(models.asked)


def test_model_is_kept_if_it_cannot_be_searched_again() -> None:
    models = Models()
    inventory = make_inventory(iflow("a"))
    stored = models.scan(inventory).stored
    models.answers["a"] = Reading(reason="HTTP 500")

    found = models.scan(inventory, stored, names=["X"])

    assert (found.stored, found.searched) == (stored, set())
    assert found.by_iflow["a"].value


def test_searching_again_shares_the_time_of_reading() -> None:
    models = Models(seconds=10)
    old = [iflow(f"old{number}") for number in range(5)]
    stored = models.scan(make_inventory(*old)).stored
    models.asked.clear()

    found = models.scan(make_inventory(*old, iflow("new")), stored, budget=25, names=["X"])

    assert models.asked[0] == "new"
    assert len(models.asked) == 3
    assert all(reading.value for reading in found.by_iflow.values())


def test_what_is_no_model_is_not_searched_again() -> None:
    models = Models()
    models.answers["a"] = Reading(ModelResult(problem="too large: x"))
    inventory = make_inventory(iflow("a"), iflow("b"))
    stored = models.scan(inventory, names=["X"]).stored

    found = models.scan(inventory, stored, names=["X", "Y"])

    assert models.asked == ["a", "b", "b"]
    assert found.searched == {"X", "Y"}
