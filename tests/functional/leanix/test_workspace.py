"""Requests to a workspace: authentication, rate limit, retries, errors and downloads."""

import io
import json
import logging
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from iflow_census.clock import Deadline
from iflow_census.errors import (
    AccessError,
    CensusError,
    ConfigurationError,
    DataError,
    TransientError,
)
from iflow_census.http.traffic import Traffic
from iflow_census.leanix import workspace as workspace_module
from iflow_census.leanix.configuration import build_configuration
from iflow_census.leanix.errors import InvalidRunState, RunNotFound
from iflow_census.leanix.settings import LeanixSettings
from iflow_census.leanix.workspace import Connector, Workspace, workspace_opener
from tests.clock import FakeClock
from tests.functional.leanix.conftest import (
    OpenSession,
    StartWorkspace,
    open_workspace,
    send,
    set_up,
)
from tests.simulators.http_server import HttpServer, Request, Response
from tests.simulators.leanix import Fault, FaultKind, SimulatedWorkspace
from tests.unit.leanix.rows import iflow, tenant_result

SETTINGS = LeanixSettings()


def change_secret(leanix: SimulatedWorkspace, **changes: str) -> str:
    return json.dumps(json.loads(leanix.secret()) | changes)


@contextmanager
def open_stub(
    leanix: SimulatedWorkspace, clock: FakeClock, respond: Callable[[Request], Response]
) -> Iterator[Workspace]:
    """Open a session with a server that issues a token and leaves the other requests to a test."""

    def handle(request: Request) -> Response:
        if request.path.endswith("/oauth2/token"):
            return Response(200, b'{"access_token": "t", "expires_in": 3599}')
        return respond(request)

    with HttpServer(handle) as server:
        secret = change_secret(leanix, host=server.url)
        with open_workspace(secret, clock) as workspace:
            yield workspace


def count_token_requests(leanix: SimulatedWorkspace) -> int:
    return sum(request.path.endswith("/oauth2/token") for request in leanix.requests)


def test_token_is_reused(leanix: SimulatedWorkspace, open_session: OpenSession) -> None:
    workspace = open_session(leanix)

    for _ in range(3):
        workspace.runs()

    assert count_token_requests(leanix) == 1


def test_token_is_renewed_before_it_expires(
    leanix: SimulatedWorkspace, open_session: OpenSession, clock: FakeClock
) -> None:
    workspace = open_session(leanix, seconds=10_000)
    workspace.runs()

    clock.advance(3545)
    workspace.runs()

    assert count_token_requests(leanix) == 2
    assert not [request for request in leanix.requests if request.status == 401]


def test_revoked_token_is_renewed_once(
    leanix: SimulatedWorkspace, open_session: OpenSession
) -> None:
    workspace = open_session(leanix)
    workspace.runs()

    leanix.access.tokens.revoke_all()
    workspace.runs()

    assert count_token_requests(leanix) == 2


def test_requests_stay_below_the_rate_limit(
    leanix: SimulatedWorkspace, open_session: OpenSession, clock: FakeClock
) -> None:
    workspace = open_session(leanix)

    for _ in range(200):
        workspace.runs()

    assert clock.monotonic() >= 200 / 30
    assert not [request for request in leanix.requests if request.status == 429]


@pytest.mark.parametrize("retry_after", [None, "7"])
def test_retry_after_429_is_respected(
    leanix: SimulatedWorkspace, open_session: OpenSession, clock: FakeClock, retry_after: str | None
) -> None:
    workspace = open_session(leanix)
    leanix.faults.add(Fault(FaultKind.THROTTLED, path="Runs", times=1, retry_after=retry_after))

    workspace.runs()

    assert clock.monotonic() >= float(retry_after or 1)


@pytest.mark.parametrize(
    "kind",
    [
        FaultKind.SERVER_ERROR,
        FaultKind.BAD_GATEWAY,
        FaultKind.UNAVAILABLE,
        FaultKind.CUT_BEFORE_RESPONSE,
        FaultKind.CUT_IN_BODY,
        FaultKind.TRUNCATED_JSON,
        FaultKind.LOGIN_PAGE,
    ],
)
def test_read_is_retried_after_a_transient_failure(
    leanix: SimulatedWorkspace, open_session: OpenSession, kind: FaultKind
) -> None:
    workspace = open_session(leanix)
    leanix.faults.add(Fault(kind, path="synchronizationRuns", times=2))

    assert workspace.runs() == []


def test_token_request_is_retried(leanix: SimulatedWorkspace, open_session: OpenSession) -> None:
    leanix.faults.add(Fault(FaultKind.UNAVAILABLE, path="oauth2", times=2))

    assert open_session(leanix).runs() == []


def test_rejected_api_token_says_where_to_create_a_new_one(
    leanix: SimulatedWorkspace, open_session: OpenSession
) -> None:
    leanix.access.is_valid = False

    with pytest.raises(AccessError, match=r"API token was rejected.*Technical Users"):
        open_session(leanix).runs()


def test_insufficient_role_names_the_required_role(
    start_workspace: StartWorkspace, open_session: OpenSession
) -> None:
    leanix = start_workspace(role="VIEWER")

    with pytest.raises(AccessError, match=r"assign it the role Admin in .*Technical Users"):
        open_session(leanix).runs()


@pytest.mark.parametrize("status", [404, 302, 405])
def test_host_without_workspace_is_a_configuration_error(
    leanix: SimulatedWorkspace, clock: FakeClock, status: int
) -> None:
    response = Response(status, b"<html></html>", "text/html", headers=(("Location", "/login"),))
    with HttpServer(lambda _: response) as other_host:
        secret = change_secret(leanix, host=other_host.url)

        with (
            open_workspace(secret, clock) as workspace,
            pytest.raises(ConfigurationError, match="check 'host' in the secret"),
        ):
            workspace.runs()


def test_unreachable_host_is_transient_with_a_hint(
    leanix: SimulatedWorkspace, open_session: OpenSession
) -> None:
    secret = change_secret(leanix, host="http://127.0.0.1:9")

    with pytest.raises(TransientError, match="if it persists, check 'host' in the secret"):
        open_session(leanix, secret=secret).runs()


def test_redirect_is_not_followed_with_the_token(
    leanix: SimulatedWorkspace, clock: FakeClock
) -> None:
    paths: list[str] = []

    def redirect(request: Request) -> Response:
        paths.append(request.path)
        return Response(302, headers=(("Location", "/elsewhere"),))

    with (
        open_stub(leanix, clock, redirect) as workspace,
        pytest.raises(ConfigurationError, match="unexpected redirect"),
    ):
        workspace.runs()

    assert len(paths) == 1
    assert "/elsewhere" not in paths


def test_html_page_with_status_404_is_a_configuration_error(
    leanix: SimulatedWorkspace, clock: FakeClock
) -> None:
    page = Response(404, b"<html></html>", "text/html")

    with (
        open_stub(leanix, clock, lambda _: page) as workspace,
        pytest.raises(ConfigurationError, match="no LeanIX workspace at this host; check 'host'"),
    ):
        workspace.runs()


def test_configuration_is_found_only_by_its_exact_keys(
    leanix: SimulatedWorkspace, open_session: OpenSession
) -> None:
    workspace = open_session(leanix)
    configuration = build_configuration("prod", SETTINGS)
    connector = Connector("iflow-census", "prod", "1.0.0")

    before = workspace.configuration(connector)
    workspace.put_configuration(configuration)

    assert before is None
    assert workspace.configuration(connector) == configuration
    assert workspace.configuration(Connector("iflow-census", "Prod", "1.0.0")) is None
    assert workspace.configuration(Connector("iflow-census", "prod", "1.0.0", mode="full")) is None


def test_rejected_configuration_quotes_the_error_of_leanix(
    leanix: SimulatedWorkspace, open_session: OpenSession
) -> None:
    configuration = dict(build_configuration("prod", SETTINGS)) | {
        "processors": [{"processorType": "magic"}]
    }

    with pytest.raises(DataError, match=r"HTTP 422: .*unknown type magic"):
        open_session(leanix).put_configuration(configuration)


def create_run(workspace: Workspace, leanix: SimulatedWorkspace) -> str:
    """Create a run without starting it, and return its id."""
    run = leanix.runs.create(
        {
            "connectorType": "iflow-census",
            "connectorId": "prod",
            "connectorVersion": "1.0.0",
            "processingDirection": "inbound",
            "description": "by hand",
            "content": [],
        },
        build_configuration("prod", SETTINGS),
    )
    assert workspace.state(run.id).status == "CREATED"
    return run.id


def test_run_can_be_started_once(leanix: SimulatedWorkspace, open_session: OpenSession) -> None:
    workspace = open_session(leanix)
    run = create_run(workspace, leanix)

    workspace.start_run(run, test=False)

    with pytest.raises(InvalidRunState, match="same run twice"):
        workspace.start_run(run, test=False)


def test_unknown_run_is_not_found(leanix: SimulatedWorkspace, open_session: OpenSession) -> None:
    workspace = open_session(leanix)

    for fetch in (workspace.state, workspace.warnings, workspace.stop_run):
        with pytest.raises(RunNotFound, match="not found in LeanIX"):
            fetch("a/b")


def test_all_pages_of_warnings_are_read(
    leanix: SimulatedWorkspace, open_session: OpenSession
) -> None:
    workspace = open_session(leanix)
    run = create_run(workspace, leanix)
    for count in (0, 1, 99, 100, 101, 250):
        leanix.runs.all()[0].warnings = [{"message": str(number)} for number in range(count)]

        warnings = workspace.warnings(run)

        assert [warning["message"] for warning in warnings] == [
            str(number) for number in range(count)
        ]


def test_results_with_status_204_are_none(
    leanix: SimulatedWorkspace, open_session: OpenSession
) -> None:
    workspace = open_session(leanix)
    run = create_run(workspace, leanix)
    file = io.BytesIO()

    assert workspace.results(run) is None
    assert not workspace.download(run, file, max_bytes=100)
    assert file.getvalue() == b""


def run_export(leanix: SimulatedWorkspace, fact_sheets: int) -> str:
    """Finish an outbound run, and return its id."""
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


def test_results_are_downloaded_without_the_access_token(
    leanix: SimulatedWorkspace, open_session: OpenSession
) -> None:
    run = run_export(leanix, 500)
    file = io.BytesIO(b"from an earlier attempt" * 100_000)

    has_results = open_session(leanix).download(run, file, max_bytes=10**6)

    assert has_results
    assert len(json.loads(file.getvalue())["content"]) == 500
    (download,) = [request for request in leanix.requests if request.path.startswith("/storage")]
    assert "authorization" not in download.headers


def test_interrupted_download_is_restarted(
    leanix: SimulatedWorkspace, open_session: OpenSession
) -> None:
    run = run_export(leanix, 500)
    leanix.faults.add(Fault(FaultKind.CUT_IN_BODY, path="storage", times=2))
    file = io.BytesIO()

    open_session(leanix).download(run, file, max_bytes=10**6)

    assert len(json.loads(file.getvalue())["content"]) == 500


def test_download_above_the_size_limit_fails(
    leanix: SimulatedWorkspace, open_session: OpenSession
) -> None:
    run = run_export(leanix, 500)

    with pytest.raises(DataError, match="longer than 1000 bytes"):
        open_session(leanix).download(run, io.BytesIO(), max_bytes=1000)


def test_results_link_without_https_is_rejected(
    leanix: SimulatedWorkspace, open_session: OpenSession
) -> None:
    run = run_export(leanix, 1)
    leanix.api.storage_url = "http://storage.example/results"

    with pytest.raises(DataError, match="not https"):
        open_session(leanix).download(run, io.BytesIO(), max_bytes=1000)


def test_errors_and_logs_contain_no_secrets(
    leanix: SimulatedWorkspace,
    open_session: OpenSession,
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.DEBUG)
    run = run_export(leanix, 1)
    workspace = open_session(leanix)
    set_up(leanix)
    messages: list[str] = [repr(workspace), repr(vars(workspace))]

    def fail(kind: FaultKind, path: str) -> None:
        leanix.faults.add(Fault(kind, path=path))
        try:
            workspace.download(run, io.BytesIO(), max_bytes=1000)
            send(workspace, run_id=f"{kind}{path}")
        except CensusError as error:
            cause: BaseException | None = error
            while cause is not None:
                messages.append(f"{cause} {cause!r}")
                cause = cause.__cause__
        leanix.faults.clear()

    for kind in FaultKind:
        for path in ("storage", "resultsUrl", "synchronizationRuns", "configurations"):
            if kind is not FaultKind.HANG:
                fail(kind, path)
    leanix.access.tokens.revoke_all()
    fail(FaultKind.UNAVAILABLE, "oauth2")
    leanix.access.is_valid = False
    fail(FaultKind.UNAUTHORIZED, "synchronizationRuns")

    all_text = "\n".join([*messages, caplog.text])
    assert len(messages) > 20
    # At DEBUG, urllib3 logs the URLs that it requests, including links to results.
    for secret in leanix.access.secrets():
        assert secret not in all_text
    for signature in leanix.api.signatures.values():
        assert signature not in "\n".join(messages)


def test_closed_session_leaves_no_threads(clock: FakeClock) -> None:
    before = Counter(thread.name for thread in threading.enumerate())

    with SimulatedWorkspace() as leanix, open_workspace(leanix.secret(), clock) as workspace:
        workspace.runs()

    assert Counter(thread.name for thread in threading.enumerate()) == before


def test_names_are_not_changed(leanix: SimulatedWorkspace, open_session: OpenSession) -> None:
    set_up(leanix)
    names = {
        "long": "n" * 10_000,
        "scripts": "Aufträge → 注文 🚚 طلب ",
        "code": "${data.description} {x} \"quoted\" 'single' \\ \t",
    }

    rows = [iflow(key, iflow_name=name) for key, name in names.items()]
    send(open_session(leanix), tenant_result(rows))

    for key, name in names.items():
        fact_sheet = leanix.inventory.find(f"sap-ci:prod:{key}")
        assert fact_sheet is not None
        assert fact_sheet.name == f"prod: {name}"


@pytest.mark.parametrize(
    ("status", "error_type", "message"),
    [
        (401, AccessError, "access token was rejected; create a new API token"),
        (413, DataError, "larger than LeanIX accepts in one run"),
        (418, DataError, r"HTTP 418: odd +words"),
    ],
)
def test_other_error_statuses_are_explained(
    leanix: SimulatedWorkspace,
    clock: FakeClock,
    status: int,
    error_type: type[CensusError],
    message: str,
) -> None:
    rejection = Response(status, b'{"errors": ["odd\\n words"]}')

    with (
        open_stub(leanix, clock, lambda _: rejection) as workspace,
        pytest.raises(error_type, match=message),
    ):
        workspace.create_run(io.BytesIO(b"{}"), test=False)


def test_run_without_log_has_no_warnings(leanix: SimulatedWorkspace, clock: FakeClock) -> None:
    rejection = Response(400, b'{"errors": ["no SyncLog"]}')

    with open_stub(leanix, clock, lambda _: rejection) as workspace:
        assert workspace.warnings("run") == []


def test_endless_list_of_warnings_is_an_error(
    leanix: SimulatedWorkspace, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(workspace_module, "MAX_WARNINGS", 200)
    offsets: list[str] = []

    def respond(request: Request) -> Response:
        offsets.append(request.query)
        return Response(200, json.dumps([{"message": "m"}] * 100).encode())

    with (
        open_stub(leanix, clock, respond) as workspace,
        pytest.raises(DataError, match="has more than 200 warnings"),
    ):
        workspace.warnings("run")

    assert offsets == ["offset=0&limit=100", "offset=100&limit=100"]


@pytest.mark.parametrize(
    "link", [Response(200, b'{"url": null}'), Response(404, b'{"errors": []}')]
)
def test_results_without_a_link_are_downloaded_directly(
    leanix: SimulatedWorkspace, clock: FakeClock, link: Response
) -> None:
    results = Response(200, b'{"content": []}')
    file = io.BytesIO()

    def respond(request: Request) -> Response:
        return link if request.path.endswith("/resultsUrl") else results

    with open_stub(leanix, clock, respond) as workspace:
        assert workspace.download("run", file, max_bytes=100)

    assert file.getvalue() == results.body


def test_unreadable_secret_is_raised_on_opening(
    clock: FakeClock,
) -> None:
    error = AccessError("the secret cannot be read")
    opener = workspace_opener(error, "the secret")

    with (
        pytest.raises(AccessError, match="the secret cannot be read"),
        opener(Deadline(clock.clock, 60)),
    ):
        pass


def test_requests_and_retries_are_counted(
    leanix: SimulatedWorkspace, open_session: OpenSession
) -> None:
    leanix.faults.add(Fault(FaultKind.THROTTLED, path="synchronizationRuns", times=1))
    workspace = open_session(leanix)

    workspace.runs()

    assert workspace._connection.traffic == Traffic(requests=3, retries=1, throttled=1)
