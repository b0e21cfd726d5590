"""Regular expressions from people, limited so that none of them can take long.

Python's `re` has no time limit, and an expression such as `(a+)+$` takes years for thirty letters.
So a group with a repetition or a choice is not repeated, there are at most `MAX_BRANCHES` of them,
of which `MAX_UNBOUNDED` without a limit, and only `MAX_TEXT` characters are matched: the worst
expression that is accepted takes seconds, an ordinary one microseconds.
"""

import re

MAX_LENGTH = 200
MAX_TEXT = 100
MAX_BRANCHES = 6
MAX_UNBOUNDED = 3

_TOKEN = re.compile(
    r"""(?P<escape>\\.)
      | (?P<set>\[\^?\]?(?:\\.|[^\]\\])*\])
      | (?P<open>\((?:\?:)?)
      | (?P<close>\))
      | (?P<or>\|)
      | (?P<quantifier>(?:[*+?]|\{(?P<low>\d*)(?P<comma>,?)(?P<high>\d*)\})[?+]?)
      | (?P<other>.)""",
    re.VERBOSE | re.DOTALL,
)
_SMALL = 9
"""A repetition up to so many times counts as one with a limit."""


def compile_pattern(text: str) -> re.Pattern[str]:
    """Compile an expression, which ignores case.

    Raises:
        ValueError: it is not a regular expression, or could take long; the message says why.
    """
    if len(text) > MAX_LENGTH:
        raise ValueError(f"more than {MAX_LENGTH} characters")
    try:
        pattern = re.compile(text, re.IGNORECASE)
    except (re.error, OverflowError, RecursionError) as error:
        raise ValueError(f"not a regular expression: {error}") from None
    _check_branches(text)
    return pattern


def matches(pattern: re.Pattern[str], text: str) -> bool:
    """Whether the expression is found in the text, of which the beginning is looked at."""
    return pattern.search(text[:MAX_TEXT]) is not None


def _check_branches(text: str) -> None:
    branching = [False]  # whether each open group has a repetition or a choice
    branches = unbounded = 0
    ended = False  # whether the group that ends just before the token has one
    for token in _TOKEN.finditer(text):
        kind, group, ended = token.lastgroup, ended, False
        _check_kind(token, text)
        if token["quantifier"]:
            if group:
                raise ValueError("a group with a repetition or a choice is repeated")
            unbounded += _is_unbounded(token)
        if token["open"]:
            branching.append(False)
        elif token["close"]:
            ended = branching.pop()
            branching[-1] |= ended
        elif token["quantifier"] or (kind == "or" and len(branching) > 1):
            branching[-1] = True
            branches += 1
    if unbounded > MAX_UNBOUNDED:
        raise ValueError(f"more than {MAX_UNBOUNDED} repetitions without a limit")
    if branches > MAX_BRANCHES:
        raise ValueError(f"more than {MAX_BRANCHES} repetitions and choices")


def _check_kind(token: re.Match[str], text: str) -> None:
    if token["escape"] and token["escape"][1] in "123456789":
        raise ValueError("references to groups are not supported")
    if token["open"] and text.startswith("?", token.end()):
        raise ValueError("of the groups that begin with (?, only (?: is supported")


def _is_unbounded(token: re.Match[str]) -> bool:
    if token["comma"] is None:
        return token["quantifier"][0] in "*+"
    high = token["high"] if token["comma"] else token["low"]
    return not high or int(high) > _SMALL
