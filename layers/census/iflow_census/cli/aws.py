"""AWS, as the person at the command line reaches it: with a profile, a region and a prefix."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

import typer

from iflow_census.errors import AccessError, ConfigurationError, TransientError

if TYPE_CHECKING:
    import boto3

Prefix = Annotated[
    str, typer.Option(metavar="PREFIX", help="Secrets are PREFIX/tenants/NAME, as in the stack.")
]
Region = Annotated[
    str | None, typer.Option(metavar="REGION", help="AWS region.  [default: as configured]")
]
Profile = Annotated[
    str | None, typer.Option(metavar="NAME", help="AWS profile.  [default: as configured]")
]

DEFAULT_PREFIX = "iflow-census"

_REFUSED = {
    "AccessDenied",
    "AccessDeniedException",
    "ExpiredToken",
    "ExpiredTokenException",
    "InvalidClientTokenId",
    "UnrecognizedClientException",
}


@dataclass(frozen=True, slots=True)
class Account:
    """Whose AWS account, and where: a profile and a region; None is what is configured."""

    profile: str | None
    region: str | None

    def session(self) -> "boto3.Session":
        """A session with AWS. Raises `ConfigurationError` where boto3 or the profile is missing."""
        try:
            import boto3  # noqa: PLC0415 - `run` does without it
            from botocore.exceptions import ProfileNotFound  # noqa: PLC0415 - the same
        except ModuleNotFoundError:
            raise ConfigurationError(
                "this command speaks to AWS and needs more: pip install 'iflow-census[cli,aws]'"
            ) from None
        try:
            return boto3.Session(profile_name=self.profile, region_name=self.region)
        except ProfileNotFound as error:
            raise ConfigurationError(f"{error}: see `aws configure list-profiles`") from error


@contextmanager
def translated(what: str) -> Iterator[None]:
    """What AWS's library raises in the block, as the census has it."""
    # The block could not have begun without them.
    from botocore.exceptions import (  # noqa: PLC0415 - `run` does without them
        BotoCoreError,
        ClientError,
        NoCredentialsError,
        NoRegionError,
        PartialCredentialsError,
    )

    try:
        yield
    except (NoCredentialsError, PartialCredentialsError) as error:
        raise ConfigurationError(
            "there are no AWS credentials: log in (`aws sso login`), or name a --profile"
        ) from error
    except NoRegionError as error:
        raise ConfigurationError("there is no AWS region: name a --region") from error
    except ClientError as error:
        code = error.response["Error"]["Code"]
        message = error.response["Error"].get("Message", "")
        if code in _REFUSED:
            raise AccessError(f"{what}: AWS refused it ({code}): {message}") from error
        raise TransientError(f"{what}: AWS answered {code}: {message}") from error
    except BotoCoreError as error:
        raise TransientError(f"{what}: {error}") from error
