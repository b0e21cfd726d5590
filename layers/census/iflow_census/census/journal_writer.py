"""Keep the answers of a tenant while it is scanned, so that no end of the process loses many."""

import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from iflow_census.census.run_context import RunContext
from iflow_census.census.unexpected import as_census_error
from iflow_census.clock import Deadline
from iflow_census.errors import DataError
from iflow_census.http.client import GRACE_SECONDS
from iflow_census.journal import Journal, JournalPart
from iflow_census.store.journal_files import JournalFiles
from iflow_census.store.lease import LeaseLost

FLUSH_SECONDS = 10.0
"""How often new answers are stored and the lease of the tenant is renewed."""

MAX_PART_BYTES = 1_000_000
"""Compressed answers that are stored earlier, so that they do not fill the memory."""

POLL_SECONDS = 1.0
"""Real seconds between two looks at the clock of the run."""

_log = logging.getLogger(__name__)


@contextmanager
def stored_continuously(
    run: RunContext, tenant: str, journal: Journal, files: JournalFiles, deadline: Deadline
) -> Iterator[None]:
    """Store what is added to a journal every `FLUSH_SECONDS` and at the end of the block.

    Answers that could not be stored are logged and stored later; no tenant fails for that. Answers
    that contradict each other (`DataError`) are not replayed by the next attempt. `run` has the
    lease of the tenant, and the deadline of the attempt is canceled if another process takes it.

    Raises:
        LeaseLost: another process has taken the lease.
    """
    writer = _JournalWriter(run, tenant, journal, files, deadline)
    # A thread of its own: a store that does not respond must not hold up the scan.
    threading.Thread(target=writer.run, name=f"journal-{tenant}", daemon=True).start()
    contradiction = False
    try:
        yield
    except DataError:
        contradiction = True
        raise
    finally:
        writer.finish(discard=contradiction)


class _JournalWriter:
    """Stores the answers of one attempt."""

    def __init__(
        self,
        run: RunContext,
        tenant: str,
        journal: Journal,
        files: JournalFiles,
        deadline: Deadline,
    ) -> None:
        self._journal = journal
        self._files = files
        self._lease = run.lease
        self._lost: LeaseLost | None = None
        self._tenant = tenant
        self._deadline = deadline
        self._unsaved: list[JournalPart] = []
        self._lock = threading.Lock()  # one thread stores at a time
        self._finished = threading.Event()

    def run(self) -> None:
        """Store new answers until the attempt ends, or should have ended."""
        clock = self._deadline.clock
        next_flush = clock.monotonic() + FLUSH_SECONDS
        is_over = False
        while not self._finished.wait(POLL_SECONDS) and self._deadline.remaining() > -GRACE_SECONDS:
            was_over, is_over = is_over, self._deadline.remaining() <= 0
            is_due = clock.monotonic() >= next_flush or self._journal.new_size >= MAX_PART_BYTES
            if not is_due and was_over == is_over:
                continue
            next_flush = clock.monotonic() + FLUSH_SECONDS
            try:
                self._flush()
            except LeaseLost as error:
                self._lost = error
                self._deadline.cancel()
                return
            except Exception as error:  # noqa: BLE001 - the scan goes on
                self._log_failure(error)

    def finish(self, *, discard: bool) -> None:
        """Store the last answers, or discard all. Raises `LeaseLost`."""
        self._finished.set()
        if self._lost is not None:
            raise self._lost
        try:
            if discard:
                self._discard()
            else:
                self._flush()
        except LeaseLost:
            raise
        except Exception as error:  # noqa: BLE001 - the scan has a result of its own
            self._log_failure(error)

    def _flush(self) -> None:
        with self._lock:
            part = self._journal.take_new()
            if part is not None:
                self._unsaved.append(part)
            if not self._unsaved and self._lease is not None:
                self._lease.renew()
            while self._unsaved:
                self._files.append(self._unsaved[0])
                del self._unsaved[0]

    def _discard(self) -> None:
        with self._lock:
            self._journal.take_new()
            self._unsaved.clear()
            self._files.discard()

    def _log_failure(self, error: Exception) -> None:
        reason = as_census_error(error, f"journal of tenant {self._tenant}")
        _log.warning("%s: the answers so far are not stored: %s", self._tenant, reason)
