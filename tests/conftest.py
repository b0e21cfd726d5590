"""For all tests: only loopback can be reached, and no real credentials are at hand."""

import os

import pytest

# Powertools reads it when the modules of the Lambda are imported.
os.environ["POWERTOOLS_SERVICE_NAME"] = "iflow-census"

pytest_plugins = ["tests.artifact", "tests.figures"]

LOOPBACK = ["127.0.0.1", "::1"]


@pytest.fixture(autouse=True)
def _no_real_credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_PROFILE", "AWS_ENDPOINT_URL", "REQUESTS_CA_BUNDLE"):
        monkeypatch.delenv(name, raising=False)
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"):
        monkeypatch.setenv(name, "testing")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-central-1")
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Run the storms first: at the end, a single process would run the last of them."""
    items.sort(key=lambda item: item.get_closest_marker("storm") is None)
