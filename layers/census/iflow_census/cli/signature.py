"""Parameters that several commands share, said once, in a decorator."""

from collections.abc import Callable
from functools import update_wrapper
from inspect import Parameter, Signature, signature
from typing import Any


def joined(run: Callable[..., None], command: Callable[..., None]) -> Callable[..., None]:
    """Let typer see, of `run`, the parameters of both, in the place of its `**given`.

    Args:
        run: what is called: passes `**given` on to the command.
        command: gives its name, its help, and its parameters behind the first, which `run` fills.

    Returns:
        `run`, with the arguments of both before the options of both; those of the command stand
        behind the arguments and before the options of `run`.
    """
    *shared, _ = signature(run, eval_str=True).parameters.values()
    _, *own = signature(command, eval_str=True).parameters.values()
    options = [one for one in shared if one.kind is Parameter.KEYWORD_ONLY]
    arguments = [one for one in shared if one not in options]
    update_wrapper(run, command)
    seen = Signature([*arguments, *own, *options], return_annotation=None)
    described: dict[str, Any] = vars(run)
    described["__signature__"] = seen
    run.__annotations__ = {one.name: one.annotation for one in seen.parameters.values()}
    return run
