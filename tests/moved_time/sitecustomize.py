"""Put on the path of another process, this moves the census's clock to another day; it ticks on.

With TESTS_FLUSH_SECONDS, answers are also stored more often, so that a short scan is long enough.

Python imports a module of this name at its start. The program under test is the one that was built
or installed: nothing of it is changed or patched by hand.
"""

import os
from datetime import datetime, tzinfo
from typing import Self

from iflow_census import clock

_OFFSET = datetime.fromisoformat(os.environ["TESTS_NOW"]) - datetime.now().astimezone()


class _Moved(datetime):
    """Tells a moved time to whoever asks for it."""

    @classmethod
    def now(cls, tz: tzinfo | None = None) -> Self:
        return super().now(tz) + _OFFSET


setattr(clock, "datetime", _Moved)  # noqa: B010 - the module does not export it

if "TESTS_FLUSH_SECONDS" in os.environ:
    from iflow_census.census import journal_writer

    journal_writer.FLUSH_SECONDS = float(os.environ["TESTS_FLUSH_SECONDS"])
    journal_writer.POLL_SECONDS = journal_writer.FLUSH_SECONDS / 10
