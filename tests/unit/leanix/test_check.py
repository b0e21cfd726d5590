"""The check of a workspace: what it asks, and how it describes the answers."""

from collections.abc import Mapping, Sequence
from typing import Any, BinaryIO

import pytest

from iflow_census.clock import Deadline
from iflow_census.errors import AccessError, DataError
from iflow_census.leanix.check import Finding, check_workspace
from iflow_census.leanix.settings import LeanixSettings
from tests.clock import FakeClock
from tests.unit.leanix.fake_workspace import FakeWorkspace


class CheckedWorkspace(FakeWorkspace):
    """Answers each resource with the same body."""

    def __init__(self, body: bytes = b"[]", error: Exception | None = None) -> None:
        super().__init__()
        self.deadline = Deadline(FakeClock().clock, 900)
        self.body = body
        self.error = error
        self.messages: Sequence[str] = ()

    def read_raw(self, path: str, query: Mapping[str, str] | None = None) -> bytes:
        del path, query
        if self.error is not None:
            raise self.error
        return self.body

    def create_raw(self, ldif: BinaryIO, *, test: bool) -> bytes:
        return f'{{"id": "{self.create_run(ldif, test=test)}"}}'.encode()

    def warnings(self, run_id: str) -> Sequence[Mapping[str, Any]]:
        del run_id
        return [{"status": "WARNING", "message": message} for message in self.messages]


def answers(workspace: CheckedWorkspace) -> Mapping[str, str]:
    findings = check_workspace(workspace, "prod", LeanixSettings())
    return {finding.question: finding.answer for finding in findings}


@pytest.mark.parametrize(
    ("body", "shape"),
    [
        (b"{}", "an object with no keys"),
        (b'{"b": 1, "a": 2}', "an object with a, b"),
        (b"[]", "an empty list"),
        (b"[1]", "a list"),
        (b"[{}]", "a list of objects with no keys"),
        (b'[{"b": 1, "a": 2}, {"c": 3}]', "a list of objects with a, b"),
        (b'"text"', "str"),
        (b"<html>", "6 bytes that are not JSON"),
    ],
)
def test_json_is_described_by_its_keys(body: bytes, shape: str) -> None:
    assert answers(CheckedWorkspace(body))["May this user list runs?"] == f"yes; {shape}"


def test_answer_that_is_no_link_is_described_too() -> None:
    found = answers(CheckedWorkspace(b""))

    assert found["Has an inbound run results?"] == "no, the body is empty"
    assert found["Has it a link to them?"] == "0 bytes that are not JSON"


@pytest.mark.parametrize(
    ("error", "failed", "questions"),
    [(AccessError("of prod"), True, 1), (DataError("of prod"), False, 9)],
)
def test_rejection_is_an_answer_and_a_missing_role_is_none(
    error: Exception, failed: bool, questions: int
) -> None:
    class Rejecting(CheckedWorkspace):
        def create_run(self, ldif: BinaryIO, *, test: bool) -> str:
            raise DataError(f"rejected: {ldif}, {test}")

    findings = list(check_workspace(Rejecting(error=error), "prod", LeanixSettings()))

    assert findings[0] == Finding("May this user list runs?", "of <tenant>", failed)
    assert len(findings) <= questions


@pytest.mark.parametrize(
    ("messages", "answer"),
    [
        ((), "nothing: names may differ in case only"),
        (("one", "two"), "WARNING: one; WARNING: two"),
    ],
)
def test_answers_of_the_dry_run_are_described(messages: Sequence[str], answer: str) -> None:
    workspace = CheckedWorkspace(b'{"url": null}')
    workspace.messages = messages

    found = answers(workspace)

    assert found == {
        "May this user list runs?": "yes; an object with url",
        "Which shape has a configuration?": "an object with url",
        "What about an LDIF without a configuration?": "the run is created and ends as FINISHED",
        "What about the ID of another workspace?": "the run is created and ends as FINISHED",
        "Which shape has the response to a creation?": "an object with id",
        "How does the dry run end?": "FINISHED",
        "What do the statistics contain?": (
            "counts of fact sheets: deleted; with the time of the end; "
            "of each processor: errorCount"
        ),
        "What do the warnings say?": answer,
        "Has an inbound run results?": "an object with url",
        "Has it a link to them?": "keys url; the URL is null",
    }
    assert workspace.created == ["test"] * 3
