"""Calls between iFlows are listed from the first caller on, each once."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest

from iflow_census.report.call_chains import MAX_DEPTH, Call, find_call_chains
from tests.unit.report.examples import DESIGNED, tenant


def chains(calls: dict[str, tuple[str, ...]]) -> list[Any]:
    rows = [replace(DESIGNED, iflow_id=name, calls=called) for name, called in calls.items()]
    return [plain(chain) for chain in find_call_chains(tenant("prod", rows))]


def plain(call: Call) -> Any:
    nested: Sequence[Any] = [plain(called) for called in call.calls]
    name = f"{call.iflow_id} …" if call.elsewhere else call.iflow_id
    return {name: nested} if nested else name


@pytest.mark.parametrize(
    ("calls", "expected"),
    [
        ({"A": (), "B": ()}, []),
        ({"B": ("C",), "A": ("B",), "C": ()}, [{"A": [{"B": ["C"]}]}]),
        ({"A": ("X", "Y"), "X": (), "Y": ()}, [{"A": ["X", "Y"]}]),
        (
            {"A": ("C",), "B": ("C",), "C": ("D",), "D": ()},
            [{"A": [{"C": ["D"]}]}, {"B": ["C …"]}],
        ),
        ({"A": ("B",), "B": ("A",)}, [{"A": [{"B": ["A …"]}]}]),
        ({"A": ("A",)}, [{"A": ["A …"]}]),
        ({"A": ("gone",)}, [{"A": ["gone"]}]),
    ],
)
def test_chains(calls: dict[str, tuple[str, ...]], expected: list[Any]) -> None:
    assert chains(calls) == expected


def test_long_chain_goes_on_as_a_chain_of_its_own() -> None:
    names = [f"{number:03}" for number in range(3 * MAX_DEPTH)]
    found = chains({name: (after,) for name, after in zip(names, [*names[1:], "end"], strict=True)})

    assert len(found) == 3
    assert str(found).count("…") == 2
    assert all(name in str(found) for name in [*names, "end"])


def test_callers_know_name_and_deployment() -> None:
    rows = [
        replace(DESIGNED, iflow_id="A", calls=("B",)),
        replace(DESIGNED, iflow_id="B", iflow_name=None, deployed=False),
    ]

    (chain,) = find_call_chains(tenant("prod", rows))

    assert (chain.tenant, chain.name, chain.deployed) == ("prod", DESIGNED.iflow_name, True)
    assert (chain.calls[0].name, chain.calls[0].deployed) == (None, False)
