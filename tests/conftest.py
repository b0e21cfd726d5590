"""For all tests: only loopback can be reached, and no real credentials are at hand."""

import gc
import os
from contextlib import suppress
from importlib import import_module
from pathlib import Path

import pytest
from hypothesis import settings

# Powertools reads it when the modules of the Lambda are imported.
os.environ["POWERTOOLS_SERVICE_NAME"] = "iflow-census"

pytest_plugins = ["tests.artifact", "tests.figures"]

gc.disable()  # until the end of the collection
ROOT = Path(__file__).parents[1]
LOOPBACK = ["127.0.0.1", "::1"]

# Without deadlines, for busy machines.
settings.register_profile("unit", deadline=None)
settings.register_profile("quick", deadline=None, max_examples=20)
# The command line's `--hypothesis-profile`, as in `make quick`, takes precedence.
settings.load_profile("unit")


@pytest.hookimpl(trylast=True)  # after the coverage has started
def pytest_sessionstart(session: pytest.Session) -> None:
    """Let each worker process begin with other test modules.

    pytest compiles a test module when it is imported for the first time, which takes seconds for
    all of them. In this order each worker compiles its share, and finds that of the others.
    """
    number = os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw")
    count = int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1"))
    if count == 1:
        return
    paths = [Path(argument.partition("::")[0]).resolve() for argument in session.config.args]
    files = sorted({file for path in paths for file in [path, *path.rglob("test_*.py")]} - {*paths})
    first = len(files) * int(number) // count
    for file in files[first:] + files[:first]:
        with suppress(Exception):  # pytest imports it again, and reports the error
            import_module(".".join(file.relative_to(ROOT).with_suffix("").parts))


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


def pytest_collection_finish() -> None:
    """Spare the garbage collector what is there until the end: modules and thousands of tests."""
    gc.freeze()
    gc.enable()
