"""Options for AWS: profile, region, and the prefix of secrets."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

import typer

from iflow_census.errors import ConfigurationError

if TYPE_CHECKING:
    import boto3

Prefix = Annotated[
    str,
    typer.Option(
        rich_help_panel="AWS",
        metavar="PREFIX",
        help="Service keys are the secrets PREFIX/tenants/NAME.",
    ),
]
Region = Annotated[
    str | None,
    typer.Option(
        rich_help_panel="AWS", metavar="REGION", help="AWS region.  [default: as configured]"
    ),
]
Profile = Annotated[
    str | None,
    typer.Option(
        rich_help_panel="AWS", metavar="NAME", help="AWS profile.  [default: as configured]"
    ),
]

KeyStack = Annotated[
    str | None,
    typer.Option(
        "--stack",
        rich_help_panel="AWS",
        metavar="NAME",
        help="Service keys are the secrets of this stack.",
    ),
]

DEFAULT_PREFIX = "iflow-census"


@dataclass(frozen=True, slots=True)
class Account:
    """An AWS account: a profile and a region; None for those that are configured."""

    profile: str | None
    region: str | None

    def session(self) -> "boto3.Session":
        """Open a session. Raises `ConfigurationError` if boto3 or the profile is missing."""
        try:
            import boto3  # noqa: PLC0415 - optional dependency
            from botocore.exceptions import ProfileNotFound  # noqa: PLC0415
        except ModuleNotFoundError:
            raise ConfigurationError(
                "boto3 is not installed, and this command needs it; "
                "pip install 'iflow-census[cli,aws]'"
            ) from None
        try:
            return boto3.Session(profile_name=self.profile, region_name=self.region)
        except ProfileNotFound as error:
            raise ConfigurationError(
                f"{error}; list the profiles with `aws configure list-profiles`"
            ) from error
