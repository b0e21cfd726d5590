"""Empty stores of every kind."""

from pathlib import Path

import pytest

from iflow_census.aws.s3 import S3Store
from iflow_census.store.folder import FolderStore
from iflow_census.store.protocol import Store
from tests.memory_store import MemoryStore
from tests.unit.conftest import BUCKET


@pytest.fixture(params=["memory", "folder", "s3"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Store:
    """Each of the stores."""
    match request.param:
        case "memory":
            return MemoryStore()
        case "folder":
            return FolderStore(tmp_path / "reports")
        case _:
            return S3Store(request.getfixturevalue("s3"), BUCKET)
