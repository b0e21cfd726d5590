"""AWS errors: each code becomes the error that says what to do next."""

import pytest
from botocore.exceptions import (
    ClientError,
    ConnectionClosedError,
    EndpointConnectionError,
    NoCredentialsError,
    NoRegionError,
    ParamValidationError,
    PartialCredentialsError,
    ProxyConnectionError,
    SSLError,
)

from iflow_census.aws.errors import translate_errors
from iflow_census.errors import AccessError, CensusError, ConfigurationError, TransientError
from iflow_census.store.protocol import WriteConflict


def client_error(code: str) -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": "the words of AWS"}}, "Operation")


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        ("AccessDenied", AccessError),
        ("AccessDeniedException", AccessError),
        ("AuthorizationError", AccessError),
        ("ExpiredToken", AccessError),
        ("InvalidClientTokenId", AccessError),
        ("KMSAccessDenied", AccessError),
        ("UnrecognizedClientException", AccessError),
        ("NoSuchBucket", ConfigurationError),
        ("NotFound", ConfigurationError),
        ("InvalidParameter", ConfigurationError),
        ("ResourceNotFoundException", ConfigurationError),
        ("StateMachineDoesNotExist", ConfigurationError),
        ("ValidationError", ConfigurationError),
        ("PreconditionFailed", WriteConflict),
        ("ConditionalRequestConflict", WriteConflict),
        ("NoSuchKey", WriteConflict),
        ("SlowDown", TransientError),
        ("ThrottlingException", TransientError),
        ("InternalServiceError", TransientError),
    ],
)
def test_error_code_decides_the_kind_of_error(code: str, kind: type[CensusError]) -> None:
    error = client_error(code)

    with pytest.raises(CensusError) as caught, translate_errors("bucket 'reports'"):
        raise error

    assert type(caught.value) is kind
    assert str(caught.value).startswith("bucket 'reports': ")
    assert caught.value.__cause__ is error


def test_access_error_names_the_rights_and_quotes_nothing() -> None:
    with (
        pytest.raises(AccessError) as caught,
        translate_errors("secret dev", rights="secretsmanager:GetSecretValue"),
    ):
        raise client_error("AccessDeniedException")

    assert str(caught.value) == (
        "secret dev: access denied (AccessDeniedException); "
        "the role needs secretsmanager:GetSecretValue"
    )


@pytest.mark.parametrize("code", ["AccessDenied", "InternalError"])
def test_message_of_aws_is_quoted_if_no_rights_are_named(code: str) -> None:
    with pytest.raises(CensusError, match="the words of AWS"), translate_errors("stack 'census'"):
        raise client_error(code)


def test_missing_resource_says_what_to_check() -> None:
    with (
        pytest.raises(ConfigurationError) as caught,
        translate_errors("topic news", hint="check IFLOW_CENSUS_NOTICE_TOPIC"),
    ):
        raise client_error("NotFound")

    assert str(caught.value) == (
        "topic news: not found (NotFound); check IFLOW_CENSUS_NOTICE_TOPIC"
    )


@pytest.mark.parametrize(
    ("error", "kind", "text"),
    [
        (NoCredentialsError(), ConfigurationError, "no AWS credentials; log in"),
        (
            PartialCredentialsError(provider="env", cred_var="AWS_SECRET_ACCESS_KEY"),
            ConfigurationError,
            "no AWS credentials; log in",
        ),
        (NoRegionError(), ConfigurationError, "no AWS region; name a --region"),
        (ParamValidationError(report="bad"), ConfigurationError, "invalid name or option; check"),
        (
            EndpointConnectionError(endpoint_url="https://s3.example"),
            TransientError,
            r"no connection to AWS \(EndpointConnectionError\); check the network, the AWS region",
        ),
        (
            ProxyConnectionError(proxy_url="http://user:geheim@proxy"),
            TransientError,
            "no connection to AWS through the proxy; set HTTPS_PROXY to http://host:port$",
        ),
        (
            SSLError(endpoint_url="https://s3.example", error=OSError()),
            ConfigurationError,
            "the certificate of AWS is not trusted; set AWS_CA_BUNDLE",
        ),
        (
            ConnectionClosedError(endpoint_url="https://s3.example"),
            TransientError,
            "Connection was closed",
        ),
    ],
)
def test_errors_of_the_library_are_translated(
    error: Exception, kind: type[CensusError], text: str
) -> None:
    with pytest.raises(CensusError, match=text) as caught, translate_errors("bucket 'reports'"):
        raise error

    assert type(caught.value) is kind
    assert caught.value.__cause__ is error


def test_connection_error_is_not_quoted_if_rights_are_named() -> None:
    with pytest.raises(TransientError) as caught, translate_errors("bucket", rights="access"):
        raise ConnectionClosedError(endpoint_url="https://s3.example")

    assert str(caught.value) == "bucket: ConnectionClosedError"


def test_other_errors_pass_unchanged() -> None:
    with pytest.raises(KeyError), translate_errors("bucket 'reports'"):
        raise KeyError
