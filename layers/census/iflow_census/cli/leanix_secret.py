"""The LeanIX secret, and the options that say where it is."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Any, Concatenate

import typer

from iflow_census.aws.errors import translate_errors
from iflow_census.aws.secrets import leanix_secret_name, read_leanix_secret
from iflow_census.cli.aws import DEFAULT_PREFIX, Account, Profile, Region
from iflow_census.cli.keys import describe_source, read_secret_text
from iflow_census.cli.signature import merge_signatures
from iflow_census.cli.terminal import InvalidUsage, as_usage_error, handle_errors

Secret = Annotated[
    str | None,
    typer.Option(
        metavar="SOURCE",
        help='LeanIX secret {"host": …, "api_token": …, "workspace_id": …}: a file, - (standard '
        "input), or env:VARIABLE.  [default: the secret PREFIX/leanix in Secrets Manager]",
        show_default=False,
    ),
]
Prefix = Annotated[
    str,
    typer.Option(
        rich_help_panel="AWS", metavar="PREFIX", help="The LeanIX secret is PREFIX/leanix."
    ),
]


@dataclass(frozen=True, slots=True)
class LeanixSecretSource:
    """Where the LeanIX secret is.

    Attributes:
        source: a file, - or env:VARIABLE; None for Secrets Manager.
        prefix: the prefix of the secrets' names.
        account: the AWS account.
    """

    source: str | None
    prefix: str
    account: Account

    def read(self) -> tuple[str, str]:
        """Return the text of the secret, and where it is from.

        Raises:
            InvalidUsage: there is no such secret, or it cannot be read.
            CensusError: AWS cannot be accessed.
        """
        if self.source is not None:
            with as_usage_error():
                return read_secret_text(self.source), describe_source(self.source)
        name = leanix_secret_name(self.prefix)
        session = self.account.session()
        with translate_errors("Secrets Manager"):
            client = session.client("secretsmanager")
        text = read_leanix_secret(client, self.prefix)
        if text is None:
            raise InvalidUsage(
                f"there is no secret {name}; store it, or name a file: --secret FILE"
            )
        return text, f"secret {name}"


Command = Callable[Concatenate[LeanixSecretSource, ...], None]


def reads_leanix_secret(command: Command) -> Callable[..., None]:
    """Handle the errors of a command, and add options that say where the LeanIX secret is."""

    def run(
        *,
        secret: Secret = None,
        prefix: Prefix = DEFAULT_PREFIX,
        region: Region = None,
        profile: Profile = None,
        **options: Any,
    ) -> None:
        with handle_errors(interrupt_note="runs that were started continue in LeanIX"):
            command(LeanixSecretSource(secret, prefix, Account(profile, region)), **options)

    return merge_signatures(run, command)
