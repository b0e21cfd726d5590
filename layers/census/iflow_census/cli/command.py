"""What all commands have in common: their help, -h, --verbose and --quiet, and late imports."""

from collections.abc import Callable, Mapping
from importlib import import_module
from typing import Annotated, Any, cast

import typer
from typer.core import TyperCommand, TyperGroup
from typer.main import get_group

from iflow_census.cli.examples import format_examples
from iflow_census.cli.signature import merge_signatures
from iflow_census.cli.verbosity import verbosity

PACKAGE = "iflow_census.cli."

HELP_OPTIONS = {"help_option_names": ["-h", "--help"]}

Verbose = Annotated[
    bool,
    typer.Option("--verbose", "-v", help="Print a line for each request, without secrets."),
]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="Print only results and errors.")]


class Command(TyperCommand):
    """A command whose help has its options by panel, and examples."""

    def format_options(self, ctx: Any, formatter: Any) -> None:
        """Write the arguments, and a section of options for each panel."""
        panels: dict[str, list[tuple[str, str]]] = {"Arguments": [], "Options": []}
        for parameter in self.get_params(ctx):
            record = parameter.get_help_record(ctx)
            if record is not None:
                is_option = parameter.param_type_name == "option"
                panel = getattr(parameter, "rich_help_panel", None)
                default = "Options" if is_option else "Arguments"
                # The type of an argument says nothing that its name does not.
                name = record[0] if is_option else record[0].partition(" <")[0]
                panels.setdefault(panel or default, []).append((name, record[1]))
        for panel, records in panels.items():
            if records:
                with formatter.section(panel):
                    formatter.write_dl(records)

    def format_epilog(self, ctx: Any, formatter: Any) -> None:
        """Write the examples."""
        with formatter.section("Examples"):
            for line in format_examples(_command_name(ctx)):
                formatter.write(f"  {line}\n")


class Group(TyperGroup):
    """A group whose help has the whole first sentence of each command."""

    def format_commands(self, ctx: Any, formatter: Any) -> None:
        """Write a line for each command, which may be continued on the next one."""
        names = self.list_commands(ctx)
        commands = [(name, self.get_command(ctx, name)) for name in names]
        with formatter.section("Commands"):
            formatter.write_dl(
                [
                    (name, command.get_short_help_str(limit=1000))
                    for name, command in commands
                    if command
                ]
            )


class CommandGroup(typer.Typer):
    """A group of commands, each of which has the options --verbose and --quiet."""

    def command(self, name: str | None = None, **settings: Any) -> Any:
        """Add a command."""
        add = super().command(name, cls=Command, **settings)

        def decorate(function: Callable[..., Any]) -> Callable[..., Any]:
            add(_with_verbosity(function))
            return function

        return decorate


def command_group(name: str, description: str) -> typer.Typer:
    """Return an empty group of commands."""
    return CommandGroup(
        name=name, cls=Group, help=description, no_args_is_help=True, rich_markup_mode=None
    )


class LazyCommand(TyperCommand):
    """Stands in a list of commands for a command that is imported when it is used.

    Args:
        target: the module below `PACKAGE` and its attribute, a function or a `typer.Typer`.
    """

    def __init__(self, name: str, target: str, text: str, panel: str | None = None) -> None:
        super().__init__(name, help=text, rich_help_panel=panel)
        self._target = target

    def load(self) -> TyperCommand | TyperGroup:
        """Import the command or group."""
        module, _, attribute = self._target.partition(":")
        target = getattr(import_module(PACKAGE + module), attribute)
        parent = CommandGroup(rich_markup_mode=None)
        if isinstance(target, typer.Typer):
            parent.add_typer(target)
        else:
            parent.command(self.name)(target)
        (command,) = get_group(parent).commands.values()
        return cast(TyperCommand | TyperGroup, command)

    def make_context(self, *args: Any, **options: Any) -> Any:
        """Parse the arguments with the loaded command, which the context then invokes."""
        return self.load().make_context(*args, **options)


def lazy_group(name: str, description: str, commands: Mapping[str, tuple[str, str]]) -> typer.Typer:
    """Return a group whose commands are imported when they are used.

    `commands` has the target of each command (see `LazyCommand`), and its help text.
    """

    class LazyGroup(Group):
        def __init__(self, **options: Any) -> None:
            super().__init__(**options)
            for command, (target, text) in commands.items():
                self.add_command(LazyCommand(command, target, text))

    group = typer.Typer(
        name=name, cls=LazyGroup, help=description, no_args_is_help=True, rich_markup_mode=None
    )
    group.callback()(lambda: None)  # typer accepts no group without a command of its own
    return group


def _with_verbosity(function: Callable[..., Any]) -> Callable[..., Any]:
    """Add the options --verbose and --quiet to a command."""

    def run(*, verbose: Verbose = False, quiet: Quiet = False, **options: Any) -> Any:
        with verbosity(verbose=verbose, quiet=quiet):
            return function(**options)

    return merge_signatures(run, function, hidden=0)


def _command_name(ctx: Any) -> str:
    """Return the names of the groups and of the command, without the program's."""
    names: list[str] = []
    while ctx.parent is not None:
        names.insert(0, ctx.info_name)
        ctx = ctx.parent
    return " ".join(names)
