"""The errors of the census, grouped by what to do next.

Adapters raise them instead of their libraries' errors (`raise … from`). A message says what is
wrong, where, and what to do, and never contains a secret.
"""

import re

_UNSAFE = re.compile(
    r"[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]+"
)
"""Line breaks, control characters, direction marks, and surrogates, which no file can hold."""
_MAX_QUOTE = 300


class CensusError(Exception):
    """Base of all expected errors; the message is written for the person who reads the log."""


class ConfigurationError(CensusError):
    """The event, a setting, a secret or a file is wrong: fix it and run again."""


class AccessError(CensusError):
    """A system denied access (401, 403): change the key or the role."""


class TransientError(CensusError):
    """A system is unreachable, busy or failing: retry later."""


class RequestNotDelivered(TransientError):
    """The request was not processed: it is safe to send it again."""


class HostUnreachable(RequestNotDelivered):
    """No connection could be made: check the address, the proxy and the network."""


class ResponseTimeout(TransientError):
    """The response did not arrive in time: ask for less, such as a shorter window."""


class DeadlineExceeded(TransientError):
    """The time of this run is used up: the next attempt continues where it stopped."""


class DataError(CensusError):
    """A response cannot be trusted: it is cut off, contradicts itself or has another format."""


class NotFound(DataError):
    """The resource does not exist (404): check its name, or wait until it appears."""


class NotSupported(DataError):
    """The system does not offer the resource, in this edition or at all (501): do without it."""


class ResponseTooLong(DataError):
    """The response is longer than any that is expected: do without it."""


class OptionRejected(DataError):
    """The system rejects how it was asked to read (400): read without the options."""


class RequestRejected(CensusError):
    """The system understood the request and refuses it (4xx): change the request."""


class UnexpectedError(CensusError):
    """The code did not foresee what happened: search the log, and report it."""


class CensusIncomplete(CensusError):
    """The report is published, but a part of it is missing: run again to complete it."""


def one_line(text: str) -> str:
    """Make text from a server safe for a message: one short line without control characters."""
    line = _UNSAFE.sub(" ", text).strip()
    return line if len(line) <= _MAX_QUOTE else f"{line[:_MAX_QUOTE]}…"
