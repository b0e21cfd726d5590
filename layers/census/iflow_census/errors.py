"""The errors of the census, grouped by what to do next.

Adapters raise them instead of their libraries' errors (`raise … from`). A message says what is
wrong, where, and what to do, and never contains a secret.
"""


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


class RequestRejected(CensusError):
    """The system understood the request and refuses it (4xx): change the request."""


class CensusIncomplete(CensusError):
    """The report is published, but a part of it is missing: run again to complete it."""
