"""What the API refuses, in SAP's words for it where its OpenAPI has any."""

from __future__ import annotations

from http import HTTPStatus


class RefusedError(Exception):
    """A request that is answered with an error of this status."""

    def __init__(
        self,
        status: int,
        text: str,
        code: str | None = None,
        headers: tuple[tuple[str, str], ...] = (),
    ) -> None:
        """``code`` is the phrase of the body, the status' own where it is not given."""
        super().__init__(text)
        self.status = status
        self.text = text
        self.code = code or HTTPStatus(status).phrase
        self.headers = headers


def not_found() -> RefusedError:
    """Return the refusal of an entity that is not there."""
    return RefusedError(404, "Requested entity could not be found.")
