"""Options that several commands share, defined once in a decorator."""

from collections.abc import Callable
from functools import update_wrapper
from inspect import Parameter, Signature, signature
from typing import Any


def merge_signatures(
    wrapper: Callable[..., None], command: Callable[..., None], *, hidden: int = 1
) -> Callable[..., None]:
    """Make typer see the parameters of both functions on the wrapper.

    Args:
        wrapper: the function that is called; its last parameter is `**options`, which it passes
            on to the command.
        command: provides the name, the help text and the command's own parameters.
        hidden: how many of its first parameters the wrapper fills, so that typer must not see them.

    Returns:
        The wrapper. Its signature lists the wrapper's arguments, then the command's parameters,
        then the wrapper's options.
    """
    *shared, _ = signature(wrapper, eval_str=True).parameters.values()
    own = list(signature(command, eval_str=True).parameters.values())[hidden:]
    options = [parameter for parameter in shared if parameter.kind is Parameter.KEYWORD_ONLY]
    arguments = [parameter for parameter in shared if parameter not in options]
    update_wrapper(wrapper, command)
    merged = Signature([*arguments, *own, *options], return_annotation=None)
    attributes: dict[str, Any] = vars(wrapper)
    attributes["__signature__"] = merged
    wrapper.__annotations__ = {
        parameter.name: parameter.annotation for parameter in merged.parameters.values()
    }
    return wrapper


def hide_parameter(command: Callable[..., None], name: str) -> None:
    """Hide a parameter with a default from typer."""
    original = signature(command, eval_str=True)
    attributes: dict[str, Any] = vars(command)
    attributes["__signature__"] = original.replace(
        parameters=[
            parameter for parameter in original.parameters.values() if parameter.name != name
        ]
    )
    del command.__annotations__[name]
