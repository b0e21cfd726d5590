"""State that is damaged, foreign or of a newer version, in every kind of state file."""

import json
import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

import pytest

from iflow_census.errors import ConfigurationError
from iflow_census.journal import JournalPart
from iflow_census.scan.period import Month
from iflow_census.store.inbound_state import InboundState
from iflow_census.store.journal_files import JournalFiles
from iflow_census.store.lease import Lease
from iflow_census.store.ledger import LedgerFile
from iflow_census.store.notice_state import NoticeState
from iflow_census.store.protocol import Store
from iflow_census.store.report_writer import Header, add_leanix_entries, publish, read_manifest
from iflow_census.store.work_state import WorkState
from tests.clock import NOVEMBER, FakeClock
from tests.memory_store import MemoryStore
from tests.unit.report.examples import DESIGNED, tenant
from tests.unit.store.ledgers import days, window_counts
from tests.unit.store.recording_store import RecordingStore

OCTOBER = Month(2026, 10)
RUN_ID = "20261101T003000Z"
RESULT = tenant("dev", [DESIGNED])
HOUR = timedelta(hours=1)
HEADER = Header(OCTOBER, RUN_ID, "complete", [], True)
FOLDER = "reports/period=2026-10/"


def state(store: Store) -> WorkState:
    return WorkState(store, OCTOBER, RUN_ID)


def notice(store: Store) -> NoticeState:
    return NoticeState(store, OCTOBER, RUN_ID, {"lacking": []})


def inbound(store: Store) -> InboundState:
    return InboundState(store, OCTOBER, RUN_ID, "dev", test=False)


def ledger(store: Store) -> LedgerFile:
    return LedgerFile(store, OCTOBER, "dev")


def journal(store: Store) -> JournalFiles:
    return state(store).journal_files("dev")


def lease(store: Store) -> Lease:
    return Lease(store, "work/leases/dev.json", "owner", FakeClock().clock)


@dataclass(frozen=True)
class Kind:
    """A kind of state file.

    Attributes:
        part: a part of its key.
        write: writes it.
        uses: the calls that read it.
    """

    part: str
    write: Callable[[Store], object]
    uses: tuple[Callable[[Store], object], ...]


KINDS = {
    "run": Kind(
        "/run.json",
        lambda store: state(store).run_started_at(NOVEMBER),
        (lambda store: state(store).run_started_at(NOVEMBER),),
    ),
    "began": Kind(
        "/began/",
        lambda store: state(store).counting_started_at("dev", NOVEMBER, HOUR),
        (
            lambda store: state(store).counting_started_at("dev", NOVEMBER, HOUR),
            lambda store: state(store).find_counting_start("dev"),
        ),
    ),
    "answers": Kind(
        "/answers/",
        lambda store: journal(store).append(JournalPart()),
        (
            lambda store: journal(store).read(),
            lambda store: journal(store).append(JournalPart()),
        ),
    ),
    "lease": Kind(
        "/leases/",
        lambda store: lease(store).try_acquire(),
        (lambda store: lease(store).try_acquire(),),
    ),
    "finished": Kind(
        "/finished/",
        lambda store: state(store).save_result(RESULT),
        (
            lambda store: state(store).save_result(RESULT),
            lambda store: state(store).read_result("dev"),
        ),
    ),
    "failed": Kind(
        "/failed/",
        lambda store: state(store).save_failure(RESULT),
        (
            lambda store: state(store).save_failure(RESULT),
            lambda store: state(store).read_failure("dev"),
        ),
    ),
    "last-good": Kind(
        "/last-good/",
        lambda store: state(store).save_result(RESULT),
        (lambda store: state(store).read_last_good("dev"),),
    ),
    "ledger": Kind(
        "ledger/",
        lambda store: ledger(store).add([window_counts(days(0, 15))]),
        (
            lambda store: ledger(store).read(),
            lambda store: ledger(store).add([window_counts(days(0, 15))]),
        ),
    ),
    "manifest": Kind(
        "/manifest.json",
        lambda store: publish(store, HEADER, []),
        (
            lambda store: read_manifest(store, FOLDER),
            lambda store: add_leanix_entries(store, FOLDER, RUN_ID, []),
            lambda store: publish(store, HEADER, []),
        ),
    ),
    "latest": Kind(
        "latest.json",
        lambda store: publish(store, HEADER, []),
        (lambda store: publish(store, HEADER, []),),
    ),
    "notice": Kind(
        "/notices/",
        lambda store: notice(store).mark_sent(NOVEMBER),
        (
            lambda store: notice(store).was_sent(),
            lambda store: notice(store).mark_sent(NOVEMBER),
        ),
    ),
    "leanix run": Kind(
        "/leanix/dev/run.json",
        lambda store: inbound(store).save_run_id("1"),
        (
            lambda store: inbound(store).read_run_id(),
            lambda store: inbound(store).save_run_id("1"),
        ),
    ),
    "leanix outcome": Kind(
        "/leanix/dev/outcome.json",
        lambda store: inbound(store).save_outcome({"status": "FINISHED"}, {}),
        (lambda store: inbound(store).read_outcome(),),
    ),
}
USES = [
    pytest.param(kind, number, id=f"{name}-{number}")
    for name, kind in KINDS.items()
    for number in range(len(kind.uses))
]
DAMAGES: dict[str, Callable[[bytes], bytes]] = {
    "cut": lambda body: body[: len(body) // 2],
    "empty": lambda _: b"",
    "foreign": lambda _: b'{"name": "package.json", "version": "1.0.0"}',
    "foreign schema": lambda _: b'{"schema": "other/state/v9", "version": "1.0.0"}',
    "no object": lambda _: b'["iflow-census"]',
    "not JSON": lambda _: b"\xff<html>",
    "deep": lambda _: b"[" * 100_000,
    "deep value": lambda _: b'{"schema": ' + b"[" * 100_000 + b"]" * 100_000 + b"}",
    "null schema": lambda _: b'{"schema": null}',
    "no content": lambda body: json.dumps({"schema": json.loads(body)["schema"]}).encode(),
}


def written(kind: Kind) -> tuple[RecordingStore, str, bytes]:
    """A store with a good file of a kind, its key and its content."""
    store = RecordingStore()
    kind.write(store)
    key = next(key for key in store.written if kind.part in key)
    file = store.read(key)
    assert file is not None
    return store, key, file.body


def damaged_copies(store: RecordingStore) -> list[str]:
    return sorted({key for key in store.written if ".damaged-" in key})


@pytest.mark.parametrize("damage", DAMAGES.values(), ids=DAMAGES)
@pytest.mark.parametrize(("kind", "number"), USES)
def test_damaged_file_is_copied_aside_and_counts_as_missing(
    kind: Kind, number: int, damage: Callable[[bytes], bytes], caplog: pytest.LogCaptureFixture
) -> None:
    _, key, good = written(kind)
    store = RecordingStore()
    body = damage(good)
    store.put(key, body)

    with caplog.at_level(logging.WARNING):
        kind.uses[number](store)

    (copy,) = damaged_copies(store)
    file = store.read(copy)
    assert copy.startswith(f"{key}.damaged-")
    assert file is not None
    assert file.body == body
    assert f"memory:{key}: " in caplog.text
    assert copy in caplog.text


@pytest.mark.parametrize("damage", DAMAGES.values(), ids=DAMAGES)
@pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS)
def test_next_write_replaces_a_damaged_file(kind: Kind, damage: Callable[[bytes], bytes]) -> None:
    _, key, good = written(kind)
    store = RecordingStore()
    store.put(key, damage(good))

    kind.write(store)

    file = store.read(key)
    assert file is not None
    schema = json.loads(file.body)["schema"]
    assert schema == json.loads(good)["schema"]


@pytest.mark.parametrize("version", ["9.1.0", None])
@pytest.mark.parametrize(("kind", "number"), USES)
def test_file_of_a_newer_version_stops_the_run_and_stays(
    kind: Kind, number: int, version: str | None
) -> None:
    _, key, good = written(kind)
    content = json.loads(good)
    family, _, current = content["schema"].rpartition("/v")
    newer = {**content, "schema": f"{family}/v{int(current) + 1}", "added": {"later": True}}
    newer.pop("version", None)
    body = json.dumps(newer if version is None else {**newer, "version": version}).encode()
    store = RecordingStore(MemoryStore())
    store.put(key, body)

    with pytest.raises(ConfigurationError) as caught:
        kind.uses[number](store)

    file = store.read(key)
    assert file is not None
    assert file.body == body
    assert key not in store.written
    assert damaged_copies(store) == []
    deploy = "deploy version 9.1.0 or later" if version else "deploy the newest version"
    assert str(caught.value) == (
        f"memory:{key}: written by a newer version of iflow-census ({newer['schema']}); {deploy}"
    )


@pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS)
def test_good_file_is_not_copied(kind: Kind) -> None:
    store, _, _ = written(kind)

    for use in kind.uses:
        use(store)

    assert damaged_copies(store) == []


def test_damaged_file_is_copied_once() -> None:
    store = RecordingStore()
    key = f"work/period=2026-10/run={RUN_ID}/finished/dev.json"
    store.put(key, b"{")

    assert state(store).read_result("dev") is None
    (copy,) = damaged_copies(store)
    store.put(copy, b"repaired by hand")
    assert state(store).read_result("dev") is None

    assert damaged_copies(store) == [copy]
    file = store.read(copy)
    assert file is not None
    assert file.body == b"repaired by hand"


def test_damage_of_a_ledger_is_noted_until_the_end_of_the_month() -> None:
    _, key, good = written(KINDS["ledger"])
    store = RecordingStore()
    store.put(key, good[:20])

    first = ledger(store).read()
    ledger(store).add([window_counts(days(0, 15))])
    ledger(store).add([window_counts(days(15, 20))])
    last = ledger(store).read()

    assert first.note is not None
    assert first.note == last.note
    assert f"was copied to {damaged_copies(store)[0]}" in first.note
    assert len(last.counts.windows) == 2
