"""Errors that nobody expected are logged with their places, and never with their texts."""

import logging

import pytest

from iflow_census.census.unexpected import as_census_error
from iflow_census.errors import TransientError


def fail() -> None:
    raise KeyError("password")


def test_expected_error_is_returned_unchanged() -> None:
    error = TransientError("down")

    assert as_census_error(error, "tenant prod") is error


def test_unexpected_error_names_its_type_and_its_places(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.ERROR), pytest.raises(KeyError) as caught:
        fail()

    error = as_census_error(caught.value, "tenant prod")

    line = fail.__code__.co_firstlineno + 1
    place = f"census/test_unexpected.py:{line} fail"
    assert str(error) == (
        f"unexpected error (KeyError in {place}); search the log for it, and report it"
    )
    (message,) = caplog.messages
    assert message.startswith(f"tenant prod: unexpected KeyError in {place} < census/test_unexp")
    assert "password" not in message


def test_error_that_was_never_raised_has_an_unknown_place() -> None:
    error = as_census_error(ValueError("x"), "tenant prod")

    assert str(error).startswith("unexpected error (ValueError in unknown place); search")
