"""Answers of one try, for the next."""

import base64
import json
import threading
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from iflow_census.errors import DataError
from iflow_census.journal import SCHEMA, Journal


def packed(answer: bytes) -> str:
    return base64.b64encode(zlib.compress(answer)).decode()


def file(**answers: object) -> bytes:
    return json.dumps({"schema": SCHEMA, "answers": answers}).encode()


@given(st.dictionaries(st.text(alphabet=st.characters(codec="utf-8")), st.binary(), max_size=5))
def test_any_answers_come_back_from_a_file(answers: dict[str, bytes]) -> None:
    journal = Journal()
    for question, answer in answers.items():
        journal.record(question, answer)

    loaded = Journal.load(journal.dump())

    assert len(loaded) == len(answers)
    assert {question: loaded.get(question) for question in answers} == answers


def test_what_was_not_asked_has_no_answer() -> None:
    assert Journal().get("X") is None


def test_an_empty_answer_is_an_answer() -> None:
    journal = Journal()

    journal.record("X", b"")

    assert journal.get("X") == b""


def test_a_newer_answer_takes_the_place_of_an_older() -> None:
    journal = Journal()

    journal.record("X", b"1")
    journal.record("X", b"2")

    assert (journal.get("X"), len(journal)) == (b"2", 1)


def test_a_journal_of_many_counts_is_small() -> None:
    journal = Journal()

    journal.record("page", b'{"Id": "an id", "Name": "a name"}' * 10_000)

    assert len(journal.dump()) < 10_000


def test_many_threads_may_keep_answers_while_a_file_is_made() -> None:
    journal = Journal()

    def keep(number: int) -> None:
        for count in range(50):
            journal.record(f"{number}/{count}", b"answer")
            Journal.load(journal.dump())

    threads = [threading.Thread(target=keep, args=(number,)) for number in range(4)]
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
        file(X=None),
        file(X=5),
        file(X="not base64!"),
        file(X="ünï"),
        file(X=base64.b64encode(b"not compressed").decode()),
        file(X=packed(b"cut short" * 100)[:24]),
        file(X=""),
        file(A=packed(b"good"), X="AAAA"),
    ],
)
def test_a_file_that_is_no_journal_is_an_error(body: bytes) -> None:
    with pytest.raises(DataError, match="journal"):
        Journal.load(body)
