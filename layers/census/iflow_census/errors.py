"""Errors, grouped by what the reader does next.

Adapters translate what their libraries raise at their own edge (`raise … from`); nothing in
between catches `Exception` to carry on. A message names what was wrong, where, and what to do,
and never holds a secret.
"""


class CensusError(Exception):
    """Something the census met that a person or a retry can mend; its text is for that person."""


class ConfigurationError(CensusError):
    """The event, a setting, a secret or a file is wrong: mend it and run again."""


class AccessError(CensusError):
    """A system refused the caller (401, 403): the key or its role has to change."""


class TransientError(CensusError):
    """A system did not answer, or not now: the same request may go through later."""


class RequestNotDelivered(TransientError):
    """A system did not take the request: sending it again repeats nothing."""


class ResponseTimeout(TransientError):
    """A system took the request but did not answer in time: a smaller question may be answered."""


class DeadlineExceeded(TransientError):
    """The time given to this run is used up: the work goes on in the next try."""


class DataError(CensusError):
    """An answer that cannot be trusted: it breaks off, contradicts itself or is no answer."""


class NotFound(DataError):
    """What was asked for is not there (404): check the name, or wait for it to appear."""


class NotSupported(DataError):
    """A system does not have what was asked for, in this edition or at all (501)."""


class RequestRejected(CensusError):
    """A system understood a request and will not carry it out: change the request."""


class CensusIncomplete(CensusError):
    """The run published what it has, but not all; a retry does what is missing."""
