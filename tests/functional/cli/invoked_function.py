"""The function of a stack, as `iflow-census invoke` sees it."""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import Any

from typer.testing import CliRunner, Result

from iflow_census.cli.commands import app
from iflow_census.errors import CensusError
from tests.clock import FakeClock
from tests.functional.lambda_rig import Rig


@dataclass
class Function:
    """The function of the stack.

    Attributes:
        clock: the clock of the command.
        events: the invocation type and the event of each invocation.
        on_pause: called each time the command waits.
    """

    clock: FakeClock
    events: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    on_pause: Callable[[], object] = lambda: None

    def call(self, *arguments: str) -> Result:
        """Call the command; its pauses advance the clock."""

        def sleep(seconds: float) -> None:
            self.clock.advance(seconds)
            self.on_pause()

        clock = replace(self.clock.clock, sleep=sleep)
        return CliRunner().invoke(app, ["invoke", *arguments], obj=clock)

    def runs(self, rig: Rig) -> Callable[[], None]:
        """Return a function that runs the handler once for each event and ignores its errors."""

        def run() -> None:
            while self.events:
                _, event = self.events.pop()
                with suppress(CensusError):
                    rig.invoke(event)

        return run
