"""A tenant with responses from the test, over real HTTP."""

from typing import Self

from iflow_census.clock import Deadline
from iflow_census.cloud_integration.api import Api
from iflow_census.cloud_integration.connection import SapConnection
from iflow_census.cloud_integration.service_key import ApiKey, BasicUser, ServiceKey
from iflow_census.http.retry_policy import RetryPolicy
from tests.clock import FakeClock
from tests.simulators.http_server import BEFORE_RESPONSE, HttpServer, Request, Response

CONNECTION_LOST = Response(200, cut_after=BEFORE_RESPONSE)
"""The connection ends before the response, so the outcome of the request is unknown."""


def token(value: str = "t1", *cookies: str) -> Response:
    """Return a response with a CSRF token and its session cookies."""
    cookies = cookies or ("s=1",)
    headers = [("X-CSRF-Token", value), *(("Set-Cookie", cookie) for cookie in cookies)]
    return Response(200, b'{"d": {"EntitySets": []}}', headers=tuple(headers))


TOKEN_REQUIRED = Response(403, content_type=None, headers=(("X-CSRF-Token", "Required"),))


def error(status: int, text: str) -> Response:
    """Return an OData error."""
    body = f'{{"error": {{"code": "x", "message": {{"lang": "en", "value": "{text}"}}}}}}'
    return Response(status, body.encode())


class ScriptedTenant:
    """Returns the given responses in order, repeats the last one, and records the requests.

    Requests for a CSRF token get the responses in `tokens`, in the same way.
    """

    def __init__(self, *answers: Response, tokens: tuple[Response, ...] = (token(),)) -> None:
        self._answers = list(answers)
        self._tokens = list(tokens)
        self.requests: list[Request] = []
        self.token_requests = 0
        self._server = HttpServer(self._handle)

    def _handle(self, request: Request) -> Response:
        if request.headers.get("x-csrf-token") == "Fetch":
            self.token_requests += 1
            return self._next(self._tokens)
        self.requests.append(request)
        return self._next(self._answers)

    @staticmethod
    def _next(answers: list[Response]) -> Response:
        return answers.pop(0) if len(answers) > 1 else answers[0]

    def api(self, *, sandbox: bool = False) -> Api:
        """Return a client with a fake clock, so that pauses take no time."""
        credentials = ApiKey("geheim") if sandbox else BasicUser("somebody", "geheim")
        key = ServiceKey(self._server.url, credentials)
        deadline = Deadline(FakeClock().clock, 3600)
        return Api(SapConnection(key, deadline, retry_policy=RetryPolicy(retries=2)))

    def __enter__(self) -> Self:
        """Start the server."""
        self._server.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Stop the server."""
        self._server.stop()
