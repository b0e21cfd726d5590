"""Two months on one folder, with a tenant down, a kill and a failed run; docs/testing.md."""

from contextlib import ExitStack

import pytest

from tests.functional.cli.conftest import CommandLine
from tests.rehearsal.two_months import Calendar, live_through


@pytest.mark.slow
def test_two_months_on_one_folder_lose_nothing(iflow_census: CommandLine) -> None:
    with ExitStack() as stack:
        live_through(Calendar(iflow_census, stack))
