"""OData errors, with SAP's texts where its OpenAPI has them."""

from __future__ import annotations

from http import HTTPStatus


class ODataError(Exception):
    """An error response."""

    def __init__(
        self,
        status: int,
        text: str | None,
        code: str | None = None,
        headers: tuple[tuple[str, str], ...] = (),
    ) -> None:
        """Some of SAP's errors have no ``text``.

        ``code`` is the phrase in the body, by default that of the status.
        """
        super().__init__(text or "")
        self.status = status
        self.text = text
        self.code = code or HTTPStatus(status).phrase
        self.headers = headers


def not_found() -> ODataError:
    """Return the error for an entity that does not exist."""
    return ODataError(404, "Requested entity could not be found.")
