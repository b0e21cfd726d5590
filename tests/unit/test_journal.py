"""The journal of a tenant's responses."""

import base64
import gzip
import json
import threading
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from iflow_census.journal import MIN_COMPRESSED_BYTES, SCHEMA, Journal, JournalPart
from iflow_census.store.state_file import DAMAGES


def next_attempt(*parts: JournalPart | None) -> Journal:
    """The journal of an attempt that follows one with these parts."""
    journal = Journal()
    for part in parts:
        assert part is not None
        journal.add_earlier(JournalPart.load(part.dump()))
    return journal


def recorded(**responses: bytes) -> JournalPart | None:
    journal = Journal()
    for request, response in responses.items():
        journal.record(request, response)
    return journal.take_new()


@given(st.dictionaries(st.text(), st.binary()))
def test_every_response_is_replayed_as_it_was_recorded(responses: dict[str, bytes]) -> None:
    part = recorded(**responses)

    journal = next_attempt(part) if responses else Journal()

    assert {request: journal.get(request) for request in responses} == responses
    assert len(journal) == len(responses)


def test_unknown_request_has_no_response() -> None:
    assert next_attempt(recorded(A=b"1")).get("X") is None


def test_empty_response_is_not_a_missing_one() -> None:
    assert next_attempt(recorded(X=b"")).get("X") == b""


def test_new_response_is_not_kept_in_memory() -> None:
    journal = Journal()

    journal.record("X", b"1")

    assert (journal.get("X"), len(journal)) == (None, 0)


def test_new_response_replaces_an_earlier_one() -> None:
    first = recorded(X=b"1", Y=b"1")
    second = next_attempt(first)
    second.record("X", b"2")

    third = next_attempt(first, second.take_new())

    assert (second.get("X"), second.get("Y")) == (None, b"1")
    assert (third.get("X"), third.get("Y")) == (b"2", b"1")


def test_last_of_several_responses_to_a_request_counts() -> None:
    journal = Journal()
    journal.record("X", b"1")
    journal.record("X", b"2")

    assert next_attempt(journal.take_new()).get("X") == b"2"


def test_responses_are_taken_once() -> None:
    journal = Journal()
    journal.record("X", b"1")
    first = journal.take_new()
    journal.record("Y", b"2")

    second = journal.take_new()

    assert list(first.responses() if first else []) == [("X", b"1")]
    assert list(second.responses() if second else []) == [("Y", b"2")]
    assert journal.take_new() is None


def test_discarding_part_keeps_earlier_ones_from_being_replayed() -> None:
    discarding = JournalPart(discards_earlier=True)

    journal = next_attempt(recorded(X=b"1"), discarding, recorded(Y=b"2"))

    assert (journal.get("X"), journal.get("Y")) == (None, b"2")


def test_part_is_compressed() -> None:
    part = recorded(**{f"packages?$skip={number}": b'{"Id": "an id"}' * 90 for number in range(99)})

    assert part is not None
    assert len(part.dump()) < 3_000


def test_short_and_long_responses_keep_their_order() -> None:
    long = b"x" * MIN_COMPRESSED_BYTES
    responses = {"A": b"1", "B": long, "C": long, "D": b"2", "E": b"[3]"}
    part = recorded(**responses)

    assert part is not None
    assert list(part.responses()) == list(responses.items())


def test_many_threads_record_at_once() -> None:
    journal = Journal()
    parts = []

    def record(number: int) -> None:
        for count in range(20):
            journal.record(f"{number}/{count}", b"response")
            parts.append(journal.take_new())

    threads = [threading.Thread(target=record, args=(number,)) for number in range(10)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(next_attempt(*[part for part in parts if part])) == 200


def part_file(lines: Any = None, **changes: object) -> bytes:
    """The file of a part, with other lines or other fields."""
    compressed = gzip.compress("\n".join(map(json.dumps, lines or [])).encode())
    content = {
        "schema": SCHEMA,
        "discards_earlier": False,
        "answers": base64.b64encode(compressed).decode(),
    }
    return json.dumps({**content, **changes}).encode()


def test_part_without_damage_is_loaded() -> None:
    assert list(JournalPart.load(part_file([["X", "1"]])).responses()) == [("X", b"1")]


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"[]",
        b'"text"',
        json.dumps({"schema": SCHEMA}).encode(),
        part_file(schema="iflow-census/journal/v2"),
        part_file(answers=None),
        part_file(answers=5),
        part_file(answers="not base64!"),
        part_file(answers="ünï"),
        part_file(answers=base64.b64encode(b"not compressed").decode()),
        part_file(answers=base64.b64encode(gzip.compress(b"cut short" * 100)[:-4]).decode()),
        part_file([["X"]]),
        part_file([["X", 1]]),
        part_file([[1, "X"]]),
        part_file(["X"]),
        part_file([{"X": "1"}]),
    ],
)
def test_damaged_part_is_recognized(body: bytes) -> None:
    with pytest.raises(DAMAGES):
        JournalPart.load(body)
