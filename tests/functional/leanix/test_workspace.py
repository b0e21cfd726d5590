"""The client: logged on, paced, lenient where LeanIX is, and clear where it refuses."""

import io
import json
import logging
import threading
from collections import Counter

import pytest

from iflow_census.clock import Deadline
from iflow_census.errors import (
    AccessError,
    CensusError,
    ConfigurationError,
    DataError,
    TransientError,
)
from iflow_census.http.client import Traffic
from iflow_census.leanix.configuration import configuration
from iflow_census.leanix.errors import InvalidRunState, RunNotFound
from iflow_census.leanix.inbound import send_inventory
from iflow_census.leanix.settings import LeanixSettings
from iflow_census.leanix.workspace import Connector, Workspace, workspace_opener
from tests.clock import FakeClock
from tests.functional.leanix.conftest import Session, Start, opened, set_up
from tests.simulators.http_server import Answer, HttpServer, Request
from tests.simulators.leanix import Fault, FaultKind, SimulatedWorkspace
from tests.unit.leanix.rows import OCTOBER, census, iflow

SETTINGS = LeanixSettings()


def with_secret(leanix: SimulatedWorkspace, **changes: str) -> str:
    return json.dumps(json.loads(leanix.secret()) | changes)


def tokens(leanix: SimulatedWorkspace) -> int:
    return sum(one.path.endswith("/oauth2/token") for one in leanix.requests)


def test_one_token_serves_all_requests(leanix: SimulatedWorkspace, session: Session) -> None:
    workspace = session(leanix)

    for _ in range(3):
        workspace.runs()

    assert tokens(leanix) == 1


def test_a_token_is_renewed_before_it_ends(
    leanix: SimulatedWorkspace, session: Session, clock: FakeClock
) -> None:
    workspace = session(leanix, seconds=10_000)
    workspace.runs()

    clock.advance(3545)
    workspace.runs()

    assert tokens(leanix) == 2
    assert not [one for one in leanix.requests if one.status == 401]


def test_a_token_that_ends_early_is_renewed_once(
    leanix: SimulatedWorkspace, session: Session
) -> None:
    workspace = session(leanix)
    workspace.runs()

    leanix.access.revoke_all()
    workspace.runs()

    assert tokens(leanix) == 2


def test_requests_stay_below_the_limit_and_meet_no_429(
    leanix: SimulatedWorkspace, session: Session, clock: FakeClock
) -> None:
    workspace = session(leanix)

    for _ in range(200):
        workspace.runs()

    assert clock.monotonic() >= 200 / 30
    assert not [one for one in leanix.requests if one.status == 429]


@pytest.mark.parametrize("retry_after", [None, "7"])
def test_a_429_is_obeyed(
    leanix: SimulatedWorkspace, session: Session, clock: FakeClock, retry_after: str | None
) -> None:
    workspace = session(leanix)
    leanix.faults.add(Fault(FaultKind.THROTTLED, path="Runs", times=1, retry_after=retry_after))

    workspace.runs()

    assert clock.monotonic() >= float(retry_after or 1)


@pytest.mark.parametrize(
    "kind",
    [
        FaultKind.SERVER_ERROR,
        FaultKind.BAD_GATEWAY,
        FaultKind.UNAVAILABLE,
        FaultKind.CUT_BEFORE_ANSWER,
        FaultKind.CUT_IN_BODY,
        FaultKind.TRUNCATED_JSON,
        FaultKind.LOGIN_PAGE,
    ],
)
def test_a_question_is_asked_again_after_a_failure(
    leanix: SimulatedWorkspace, session: Session, kind: FaultKind
) -> None:
    workspace = session(leanix)
    leanix.faults.add(Fault(kind, path="synchronizationRuns", times=2))

    assert workspace.runs() == []


def test_the_token_service_is_asked_again_too(leanix: SimulatedWorkspace, session: Session) -> None:
    leanix.faults.add(Fault(FaultKind.UNAVAILABLE, path="oauth2", times=2))

    assert session(leanix).runs() == []


def test_a_refused_api_token_is_told_where_to_be_renewed(
    leanix: SimulatedWorkspace, session: Session
) -> None:
    leanix.access.valid = False

    with pytest.raises(AccessError, match=r"API token was refused.*Technical Users"):
        session(leanix).runs()


def test_a_role_without_access_is_told_which_one_it_takes(start: Start, session: Session) -> None:
    leanix = start(role="VIEWER")

    with pytest.raises(AccessError, match=r"give it the role Admin: .*Technical Users"):
        session(leanix).runs()


@pytest.mark.parametrize("status", [404, 302, 405])
def test_a_host_that_is_no_workspace_is_told_to_be_checked(
    leanix: SimulatedWorkspace, clock: FakeClock, status: int
) -> None:
    answer = Answer(status, b"<html></html>", "text/html", headers=(("Location", "/login"),))
    with HttpServer(lambda _: answer) as elsewhere:
        secret = with_secret(leanix, host=elsewhere.url)

        with (
            opened(secret, clock) as workspace,
            pytest.raises(ConfigurationError, match="check 'host' in the secret"),
        ):
            workspace.runs()


def test_a_host_that_does_not_answer_is_told_to_be_checked(
    leanix: SimulatedWorkspace, session: Session
) -> None:
    secret = with_secret(leanix, host="http://127.0.0.1:9")

    with pytest.raises(TransientError, match="if it stays so, check 'host' in the secret"):
        session(leanix, secret=secret).runs()


def test_a_redirection_is_not_followed_with_the_token(
    leanix: SimulatedWorkspace, clock: FakeClock
) -> None:
    seen: list[str] = []

    def redirects(request: object) -> Answer:
        seen.append(getattr(request, "path", ""))
        if seen[-1].endswith("token"):
            return Answer(200, b'{"access_token": "t", "expires_in": 3599}')
        return Answer(302, headers=(("Location", "/elsewhere"),))

    with HttpServer(redirects) as elsewhere:
        secret = with_secret(leanix, host=elsewhere.url)
        with (
            opened(secret, clock) as workspace,
            pytest.raises(ConfigurationError, match="a redirection"),
        ):
            workspace.runs()

    assert "/elsewhere" not in seen


def test_a_configuration_is_put_and_found_by_exactly_its_keys(
    leanix: SimulatedWorkspace, session: Session
) -> None:
    workspace = session(leanix)
    wanted = configuration("prod", SETTINGS)
    keys = Connector("iflow-census", "prod", "1.0.0")

    before = workspace.configuration(keys)
    workspace.put_configuration(wanted)

    assert before is None
    assert workspace.configuration(keys) == wanted
    assert workspace.configuration(Connector("iflow-census", "Prod", "1.0.0")) is None
    assert workspace.configuration(Connector("iflow-census", "prod", "1.0.0", mode="full")) is None


def test_a_configuration_that_leanix_refuses_is_told_with_its_words(
    leanix: SimulatedWorkspace, session: Session
) -> None:
    wanted = dict(configuration("prod", SETTINGS)) | {"processors": [{"processorType": "magic"}]}

    with pytest.raises(DataError, match=r"HTTP 422: .*unknown type magic"):
        session(leanix).put_configuration(wanted)


def created(workspace: Workspace, leanix: SimulatedWorkspace) -> str:
    """Create a run that is not started."""
    run = leanix.runs.create(
        {
            "connectorType": "iflow-census",
            "connectorId": "prod",
            "connectorVersion": "1.0.0",
            "processingDirection": "inbound",
            "description": "by hand",
            "content": [],
        },
        configuration("prod", SETTINGS),
    )
    assert workspace.state(run.id).status == "CREATED"
    return run.id


def test_a_run_is_started_once_and_stopped_while_it_runs(
    leanix: SimulatedWorkspace, session: Session
) -> None:
    workspace = session(leanix)
    run = created(workspace, leanix)

    with pytest.raises(InvalidRunState, match="not pending or running"):
        workspace.stop_run(run)
    workspace.start_run(run, test=False)
    with pytest.raises(InvalidRunState, match="same run twice"):
        workspace.start_run(run, test=False)
    workspace.stop_run(run)

    assert workspace.state(run).status == "STOPPED"
    assert workspace.progress(run)["status"] == "STOPPED"


def test_an_unknown_run_is_told_as_such(leanix: SimulatedWorkspace, session: Session) -> None:
    workspace = session(leanix)

    for ask in (workspace.state, workspace.stats, workspace.results, workspace.warnings):
        with pytest.raises(RunNotFound, match="does not know it"):
            ask("a/b")


def test_all_pages_of_warnings_are_read(leanix: SimulatedWorkspace, session: Session) -> None:
    workspace = session(leanix)
    run = created(workspace, leanix)
    for count in (0, 1, 99, 100, 101, 250):
        leanix.runs.all()[0].warnings = [{"message": str(number)} for number in range(count)]

        found = workspace.warnings(run)

        assert [one["message"] for one in found] == [str(number) for number in range(count)]


def test_results_of_204_are_none(leanix: SimulatedWorkspace, session: Session) -> None:
    workspace = session(leanix)
    run = created(workspace, leanix)
    file = io.BytesIO()

    assert workspace.results(run) is None
    assert not workspace.download(run, file, largest=100)
    assert file.getvalue() == b""


def exported(leanix: SimulatedWorkspace, fact_sheets: int) -> str:
    """A finished outbound run."""
    for number in range(fact_sheets):
        leanix.inventory.add("Application", f"app-{number}", name=f"Application {number} äöü")
    settings = {
        "connectorType": "export",
        "connectorId": "all",
        "connectorVersion": "1.0.0",
        "processingDirection": "outbound",
    }
    run = leanix.runs.create(
        settings, settings | {"processors": [{"processorType": "outboundFactSheet"}]}
    )
    leanix.runs.start(run, test=False)
    for _ in range(3):
        leanix.runs.advance(run)
    return run.id


def test_results_are_streamed_from_their_link_without_our_token(
    leanix: SimulatedWorkspace, session: Session
) -> None:
    run = exported(leanix, 500)
    file = io.BytesIO(b"left from an earlier try" * 100_000)

    found = session(leanix).download(run, file, largest=10**6)

    assert found
    assert len(json.loads(file.getvalue())["content"]) == 500
    (download,) = [one for one in leanix.requests if one.path.startswith("/storage")]
    assert not download.authorization


def test_a_download_that_breaks_off_is_begun_anew(
    leanix: SimulatedWorkspace, session: Session
) -> None:
    run = exported(leanix, 500)
    leanix.faults.add(Fault(FaultKind.CUT_IN_BODY, path="storage", times=2))
    file = io.BytesIO()

    session(leanix).download(run, file, largest=10**6)

    assert len(json.loads(file.getvalue())["content"]) == 500


def test_results_that_are_too_large_are_refused(
    leanix: SimulatedWorkspace, session: Session
) -> None:
    run = exported(leanix, 500)

    with pytest.raises(DataError, match="longer than 1000 bytes"):
        session(leanix).download(run, io.BytesIO(), largest=1000)


def test_a_link_to_results_that_is_not_https_is_not_followed(
    leanix: SimulatedWorkspace, session: Session
) -> None:
    run = exported(leanix, 1)
    leanix.api.storage_url = "http://storage.example/results"

    with pytest.raises(DataError, match="not https"):
        session(leanix).download(run, io.BytesIO(), largest=1000)


def test_no_secret_is_in_any_error_or_log(
    leanix: SimulatedWorkspace,
    session: Session,
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.DEBUG)
    run = exported(leanix, 1)
    workspace = session(leanix)
    set_up(leanix)
    said: list[str] = [repr(workspace), repr(vars(workspace))]

    def fails(kind: FaultKind, path: str) -> None:
        leanix.faults.add(Fault(kind, path=path))
        try:
            workspace.download(run, io.BytesIO(), largest=1000)
            send_inventory(workspace, census(), OCTOBER, SETTINGS, run_id=f"{kind}{path}")
        except CensusError as error:
            cause: BaseException | None = error
            while cause is not None:
                said.append(f"{cause} {cause!r}")
                cause = cause.__cause__
        leanix.faults.clear()

    for kind in FaultKind:
        for path in ("storage", "resultsUrl", "synchronizationRuns", "configurations"):
            if kind is not FaultKind.HANG:
                fails(kind, path)
    leanix.access.revoke_all()
    fails(FaultKind.UNAVAILABLE, "oauth2")
    leanix.access.valid = False
    fails(FaultKind.UNAUTHORIZED, "synchronizationRuns")

    everything = "\n".join([*said, caplog.text])
    assert len(said) > 20
    # urllib3 logs the addresses it asks for at DEBUG, links to results among them.
    for secret in leanix.access.secrets():
        assert secret not in everything
    for signature in leanix.api.signatures.values():
        assert signature not in "\n".join(said)


def test_a_session_leaves_no_thread_behind(clock: FakeClock) -> None:
    before = Counter(thread.name for thread in threading.enumerate())

    with SimulatedWorkspace() as leanix, opened(leanix.secret(), clock) as workspace:
        workspace.runs()

    assert Counter(thread.name for thread in threading.enumerate()) == before


def test_names_arrive_whole(leanix: SimulatedWorkspace, session: Session) -> None:
    set_up(leanix)
    names = {
        "long": "n" * 10_000,
        "scripts": "Aufträge → 注文 🚚 طلب ",
        "code": "${data.description} {x} \"quoted\" 'single' \\ \t",
    }

    send_inventory(
        session(leanix),
        census([iflow(key, iflow_name=name) for key, name in names.items()]),
        OCTOBER,
        SETTINGS,
        run_id="r",
    )

    for key, name in names.items():
        found = leanix.inventory.find(f"sap-ci:prod:{key}")
        assert found is not None
        assert found.name == f"prod: {name}"


@pytest.mark.parametrize(
    ("status", "kind", "said"),
    [
        (401, AccessError, "access token was refused; create a new API token"),
        (413, DataError, "larger than LeanIX takes in one run"),
        (418, DataError, r"HTTP 418: odd +words"),
    ],
)
def test_other_refusals_say_what_they_mean(
    leanix: SimulatedWorkspace,
    clock: FakeClock,
    status: int,
    kind: type[CensusError],
    said: str,
) -> None:
    def refuses(request: Request) -> Answer:
        if request.path.endswith("token"):
            return Answer(200, b'{"access_token": "t", "expires_in": 3599}')
        return Answer(status, b'{"errors": ["odd\\n words"]}')

    with HttpServer(refuses) as elsewhere:
        secret = with_secret(leanix, host=elsewhere.url)
        with opened(secret, clock) as workspace, pytest.raises(kind, match=said):
            workspace.create_run(io.BytesIO(b"{}"), test=False)


def test_a_run_without_a_log_has_no_warnings(leanix: SimulatedWorkspace, clock: FakeClock) -> None:
    def has_none(request: Request) -> Answer:
        if request.path.endswith("token"):
            return Answer(200, b'{"access_token": "t", "expires_in": 3599}')
        return Answer(400, b'{"errors": ["no SyncLog"]}')

    with HttpServer(has_none) as elsewhere:
        secret = with_secret(leanix, host=elsewhere.url)
        with opened(secret, clock) as workspace:
            assert workspace.warnings("run") == []


def test_a_secret_that_could_not_be_had_is_told_when_the_workspace_is_opened(
    clock: FakeClock,
) -> None:
    missing = AccessError("the secret cannot be read")
    opener = workspace_opener(missing, "the secret")

    with (
        pytest.raises(AccessError, match="the secret cannot be read"),
        opener(Deadline(clock.clock, 60)),
    ):
        pass


def test_the_traffic_is_counted(leanix: SimulatedWorkspace, session: Session) -> None:
    leanix.faults.add(Fault(FaultKind.THROTTLED, path="synchronizationRuns", times=1))
    workspace = session(leanix)

    workspace.runs()

    assert workspace.traffic == Traffic(requests=3, retries=1, throttled=1)
