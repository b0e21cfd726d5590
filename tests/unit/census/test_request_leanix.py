"""Which runs and steps send inventories to LeanIX, and which steps follow a plan."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from iflow_census.census.request import Step, parse_event
from iflow_census.errors import ConfigurationError
from tests.unit.census.test_request import NOW, REQUEST

WINDOW = {"period": "last-30-days"}


@pytest.mark.parametrize(
    ("event", "configured", "sent"),
    [
        ({}, True, True),
        ({}, False, False),
        ({"leanix": True}, True, True),
        ({"leanix": "test"}, True, True),
        ({"leanix": False}, True, False),
        ({"leanix": False}, False, False),
        (WINDOW, True, False),
        (WINDOW, False, False),
        ({**WINDOW, "leanix": True}, True, True),
    ],
)
def test_month_is_sent_if_leanix_is_configured_a_window_on_request(
    event: Mapping[str, Any], configured: bool, sent: bool
) -> None:
    request = parse_event(event, NOW)

    assert request.sends_to_leanix("secret", configured=configured) is sent


@pytest.mark.parametrize("leanix", [True, "test"])
def test_request_without_the_secret_of_leanix_names_it(leanix: object) -> None:
    request = parse_event({"leanix": leanix}, NOW)

    with pytest.raises(ConfigurationError, match="store the secret 'prefix/leanix'"):
        request.sends_to_leanix("prefix/leanix", configured=False)


@pytest.mark.parametrize(
    ("event", "may"),
    [
        ({}, True),
        (WINDOW, False),
        ({**WINDOW, "leanix": True}, True),
        ({"action": "checkpoint"}, False),
        ({"action": "verify"}, False),
    ],
)
def test_only_a_census_may_be_sent(event: Mapping[str, Any], may: bool) -> None:
    assert parse_event(event, NOW).may_send_to_leanix is may


def test_plan_and_leanix_are_the_steps_that_read_the_secret_of_leanix() -> None:
    steps = [step for step in Step if replace(REQUEST, step=step).may_send_to_leanix]

    assert steps == [Step.PLAN, Step.LEANIX]


def test_all_steps_but_the_plan_itself_are_planned() -> None:
    unplanned = [step for step in (None, *Step) if not replace(REQUEST, step=step).is_planned]

    assert unplanned == [None, Step.PLAN]
