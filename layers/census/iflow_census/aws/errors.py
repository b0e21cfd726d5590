"""One table of AWS errors: what each one means in the terms of this project."""

from collections.abc import Iterator
from contextlib import contextmanager

from iflow_census.errors import AccessError, CensusError, ConfigurationError, TransientError
from iflow_census.store.protocol import WriteConflict

ACCESS_DENIED = frozenset(
    {
        "403",
        "AccessDenied",
        "AccessDeniedException",
        "AuthorizationError",
        "DecryptionFailure",
        "ExpiredToken",
        "ExpiredTokenException",
        "InvalidAccessKeyId",
        "InvalidClientTokenId",
        "KMSAccessDenied",
        "SignatureDoesNotMatch",
        "UnrecognizedClientException",
    }
)
NOT_FOUND = frozenset(
    {
        "InvalidParameter",  # SNS, for an ARN that names no topic
        "NoSuchBucket",
        "NotFound",
        "ResourceNotFoundException",
        "StateMachineDoesNotExist",
        "ValidationError",  # CloudFormation, for a stack that does not exist
    }
)
CONFLICT = frozenset(
    {
        "409",
        "412",
        "ConditionalRequestConflict",
        "NoSuchKey",  # S3, for a conditional write to an object that does not exist anymore
        "PreconditionFailed",
    }
)


@contextmanager
def translate_errors(
    resource: str, *, rights: str | None = None, hint: str = "check its name and the AWS region"
) -> Iterator[None]:
    """Translate what AWS's libraries raise in a block.

    Args:
        resource: what the block accesses, as it appears in messages: "bucket 'reports'".
        rights: the rights that access needs. None quotes AWS's own message instead, which names
            the caller: for commands that are run by a person.
        hint: what to check if the resource does not exist.

    Raises:
        AccessError: AWS denied access.
        ConfigurationError: no such resource, no credentials or no region.
        WriteConflict: the condition of a conditional write was not met.
        TransientError: anything else.
    """
    # Not at the top: commands that do not use AWS work without boto3.
    from botocore.exceptions import BotoCoreError, ClientError  # noqa: PLC0415

    try:
        yield
    except ClientError as error:
        code = error.response["Error"]["Code"]
        quote = f": {error.response['Error'].get('Message', '')}" if rights is None else ""
        if code in ACCESS_DENIED:
            reason = quote or f"; the role needs {rights}"
            raise AccessError(f"{resource}: access denied ({code}){reason}") from error
        if code in NOT_FOUND:
            raise ConfigurationError(f"{resource}: not found ({code}); {hint}") from error
        if code in CONFLICT:
            raise WriteConflict(f"{resource}: changed by another writer; run again") from error
        raise TransientError(f"{resource}: AWS returned {code}{quote}") from error
    except BotoCoreError as error:
        known = _describe(error, hint)
        if known is not None:
            kind, reason = known
            raise kind(f"{resource}: {reason}") from error
        reason = str(error) if rights is None else type(error).__name__
        raise TransientError(f"{resource}: {reason}") from error


def _describe(error: Exception, hint: str) -> tuple[type[CensusError], str] | None:
    """Return the kind of an error that AWS's libraries raise without a response, and what to do."""
    from botocore import exceptions  # noqa: PLC0415 - see above

    kind: type[CensusError] = ConfigurationError
    match error:
        case exceptions.NoCredentialsError() | exceptions.PartialCredentialsError():
            reason = "no AWS credentials; log in (`aws sso login`) or name a --profile"
        case exceptions.NoRegionError():
            reason = "no AWS region; name a --region"
        case exceptions.ParamValidationError():
            reason = f"invalid name or option; {hint}"
        case exceptions.SSLError():
            reason = (
                "the certificate of AWS is not trusted; set AWS_CA_BUNDLE to a file with the "
                "certificates of your own authority, in PEM format"
            )
        # Its own message has the proxy's address, which may contain a password.
        case exceptions.ProxyConnectionError() | exceptions.InvalidProxiesConfigError():
            kind = TransientError
            reason = "no connection to AWS through the proxy; set HTTPS_PROXY to http://host:port"
        case exceptions.EndpointConnectionError():
            kind = TransientError
            reason = (
                "no connection to AWS (EndpointConnectionError); check the network, the AWS region "
                "and AWS_CA_BUNDLE, or set a proxy in HTTPS_PROXY"
            )
        case _:
            return None
    return kind, reason
