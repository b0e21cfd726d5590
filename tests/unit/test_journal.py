"""Responses of one attempt, recorded for the next."""

import base64
import json
import threading
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from iflow_census.errors import DataError
from iflow_census.journal import SCHEMA, Journal


def encode(response: bytes) -> str:
    return base64.b64encode(zlib.compress(response)).decode()


def journal_file(**answers: object) -> bytes:
    return json.dumps({"schema": SCHEMA, "answers": answers}).encode()


@given(st.dictionaries(st.text(alphabet=st.characters(codec="utf-8")), st.binary(), max_size=5))
def test_all_responses_are_read_back_from_a_file(responses: dict[str, bytes]) -> None:
    journal = Journal()
    for request, response in responses.items():
        journal.record(request, response)

    loaded = Journal.load(journal.dump())

    assert len(loaded) == len(responses)
    assert {request: loaded.get(request) for request in responses} == responses


def test_unknown_request_has_no_response() -> None:
    assert Journal().get("X") is None


def test_empty_response_is_a_response() -> None:
    journal = Journal()

    journal.record("X", b"")

    assert journal.get("X") == b""


def test_newer_response_replaces_an_older_one() -> None:
    journal = Journal()

    journal.record("X", b"1")
    journal.record("X", b"2")

    assert (journal.get("X"), len(journal)) == (b"2", 1)


def test_repetitive_responses_are_compressed() -> None:
    journal = Journal()

    journal.record("page", b'{"Id": "an id", "Name": "a name"}' * 10_000)

    assert len(journal.dump()) < 10_000


def test_many_threads_record_while_a_file_is_written() -> None:
    journal = Journal()

    def record(number: int) -> None:
        for count in range(50):
            journal.record(f"{number}/{count}", b"response")
            Journal.load(journal.dump())

    threads = [threading.Thread(target=record, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(Journal.load(journal.dump())) == 200


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"\xff",
        b"[]",
        b"null",
        b'"x"',
        b"{}",
        json.dumps({"schema": SCHEMA}).encode(),
        json.dumps({"schema": "iflow-census/journal/v2", "answers": {}}).encode(),
        json.dumps({"schema": SCHEMA, "answers": []}).encode(),
        json.dumps({"schema": SCHEMA, "answers": None}).encode(),
        journal_file(X=None),
        journal_file(X=5),
        journal_file(X="not base64!"),
        journal_file(X="ünï"),
        journal_file(X=base64.b64encode(b"not compressed").decode()),
        journal_file(X=encode(b"cut short" * 100)[:24]),
        journal_file(X=""),
        journal_file(A=encode(b"good"), X="AAAA"),
    ],
)
def test_file_of_another_format_is_refused(body: bytes) -> None:
    with pytest.raises(DataError, match="journal"):
        Journal.load(body)
