"""The stored parts of a tenant's journal."""

from iflow_census.journal import SCHEMA, Journal, JournalPart
from iflow_census.store.protocol import Store
from iflow_census.store.state_file import StateFile, StateFormat

_PART = StateFormat(SCHEMA, JournalPart.load, JournalPart.dump)


class JournalFiles:
    """The numbered files of a journal; they are written once and never changed.

    Args:
        folder: their folder; ends with a slash.
    """

    def __init__(self, store: Store, folder: str) -> None:
        self._store = store
        self._folder = folder
        self._next = 1

    def read(self) -> Journal:
        """Read all parts; a damaged one is copied aside, and only its responses are missing."""
        journal = Journal()
        self._next = 1
        while True:
            state = self._file().read()
            if state.value is None and state.damage is None:
                return journal
            if state.value is not None:
                journal.add_earlier(state.value)
            self._next += 1

    def append(self, part: JournalPart) -> None:
        """Write the next part.

        A number that is taken is left to its writer: this process, whose earlier write failed
        only in its answer, or a former owner of the tenant's lease, whose responses are true, too.
        """
        while self._file().create(part) is not part:
            self._next += 1
        self._next += 1

    def discard(self) -> None:
        """Keep the parts so far from being replayed; nothing is deleted."""
        self.append(JournalPart(discards_earlier=True))

    def _file(self) -> StateFile[JournalPart]:
        return StateFile(self._store, f"{self._folder}{self._next:06}.json", _PART)
