"""What adds credentials to a request, for the kinds of keys that need no token."""

import base64

import pytest
import requests

from iflow_census.clock import Deadline
from iflow_census.cloud_integration.auth import create_auth
from iflow_census.cloud_integration.service_key import ApiKey, BasicUser, Credentials
from iflow_census.http.client import HttpClient
from iflow_census.http.retry_policy import RetryPolicy
from tests.clock import FakeClock

BASIC = base64.b64encode("jo:geh\N{LATIN SMALL LETTER E WITH ACUTE}im".encode()).decode()


@pytest.mark.parametrize(
    ("credentials", "header", "value"),
    [
        (
            BasicUser("jo", "geh\N{LATIN SMALL LETTER E WITH ACUTE}im"),
            "Authorization",
            f"Basic {BASIC}",
        ),
        (ApiKey("key-1"), "APIKey", "key-1"),
    ],
)
def test_credentials_are_in_a_header(credentials: Credentials, header: str, value: str) -> None:
    client = HttpClient(Deadline(FakeClock().clock, 60), RetryPolicy())
    request = requests.Request("GET", "https://tenant.example/").prepare()

    authorized = create_auth(credentials, client)(request)

    assert authorized.headers[header] == value
