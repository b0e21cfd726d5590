"""A tenant that answers what a test says, over real HTTP."""

from typing import Self

from iflow_census.clock import Deadline
from iflow_census.cloud_integration.api import Api
from iflow_census.cloud_integration.connection import SapConnection
from iflow_census.cloud_integration.service_key import ApiKey, BasicUser, ServiceKey
from iflow_census.http.retry_policy import RetryPolicy
from tests.clock import FakeClock
from tests.simulators.http_server import BEFORE_THE_ANSWER, Answer, HttpServer, Request

CUT = Answer(200, cut_after=BEFORE_THE_ANSWER)
"""The connection ends and nobody knows what came of the request."""


def token(value: str = "t1", *cookies: str) -> Answer:
    """A CSRF token and its session."""
    headers = [("X-CSRF-Token", value), *(("Set-Cookie", one) for one in cookies or ("s=1",))]
    return Answer(200, b'{"d": {"EntitySets": []}}', headers=tuple(headers))


REQUIRED = Answer(403, content_type=None, headers=(("X-CSRF-Token", "Required"),))


def error(status: int, text: str) -> Answer:
    """SAP's envelope of an error."""
    body = f'{{"error": {{"code": "x", "message": {{"lang": "en", "value": "{text}"}}}}}}'
    return Answer(status, body.encode())


class ScriptedTenant:
    """Gives one answer after the other, the last one again and again; keeps what was asked.

    Requests for a CSRF token are answered by `tokens`, the same way.
    """

    def __init__(self, *answers: Answer, tokens: tuple[Answer, ...] = (token(),)) -> None:
        self._answers = list(answers)
        self._tokens = list(tokens)
        self.asked: list[Request] = []
        self.fetched = 0
        self._server = HttpServer(self._handle)

    def _handle(self, request: Request) -> Answer:
        if request.headers.get("x-csrf-token") == "Fetch":
            self.fetched += 1
            return self._next(self._tokens)
        self.asked.append(request)
        return self._next(self._answers)

    @staticmethod
    def _next(waiting: list[Answer]) -> Answer:
        return waiting.pop(0) if len(waiting) > 1 else waiting[0]

    def api(self, *, sandbox: bool = False) -> Api:
        """Its API; the clock is a test's, so that no pause is a real one."""
        credentials = ApiKey("geheim") if sandbox else BasicUser("somebody", "geheim")
        key = ServiceKey(self._server.url, credentials)
        deadline = Deadline(FakeClock().clock, 3600)
        return Api(SapConnection(key, deadline, retry_policy=RetryPolicy(retries=2)))

    def __enter__(self) -> Self:
        """Start."""
        self._server.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Stop."""
        self._server.stop()
