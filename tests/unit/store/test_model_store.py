"""The file of models that were read."""

import gzip
import json
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from iflow_census.errors import ConfigurationError
from iflow_census.scan.anatomy.model import ModelResult
from iflow_census.scan.model_scan import ModelVersion, StoredModel
from iflow_census.store.model_store import ModelFile
from tests.memory_store import MemoryStore
from tests.simulators.cloud_integration.models import RUN_ONCE, ChannelSpec, StepSpec, schedule_rows
from tests.unit.scan.anatomy.models import read

KEY = "models/prod.jsonl.gz"
VERSION = ModelVersion("1.0.0", datetime(2026, 9, 1, tzinfo=UTC), None)
MODEL = read(
    [ChannelSpec("HTTPS", "Sender", {"urlPath": "/in?key=secret", "xsrfProtection": "0"})],
    timers=[schedule_rows(RUN_ONCE), "{{unknown}}"],
    steps=[
        StepSpec("Script", {"script": "a.groovy"}),
        StepSpec("Mapping", {"mappinguri": "b"}),
        StepSpec("DBstorage", {"storageName": "c"}),
    ],
)
MODELS = [
    StoredModel("A", VERSION, ModelResult(MODEL)),
    StoredModel("B", VERSION, ModelResult(problem="too large: x")),
]


def test_models_are_read_as_they_were_written() -> None:
    store = MemoryStore()
    file = ModelFile(store, "prod")

    file.write(list(reversed(MODELS)))

    assert file.read() == MODELS
    body = gzip.decompress(_body(store))
    assert b"secret" not in body
    assert len(body.splitlines()) == 3


def test_names_are_kept_once_for_all_models_searched_for_them() -> None:
    store = MemoryStore()
    searched = [replace(MODELS[0], searched=("SFTP_User", "HR")), MODELS[1]]

    ModelFile(store, "prod").write(searched)

    assert sorted(ModelFile(store, "prod").read(), key=lambda model: model.iflow_id) == searched
    assert gzip.decompress(_body(store)).count(b"SFTP_User") == 1


def test_same_models_are_the_same_bytes() -> None:
    first, second = MemoryStore(), MemoryStore()

    ModelFile(first, "prod").write(MODELS)
    ModelFile(second, "prod").write(list(reversed(MODELS)))

    assert _body(first) == _body(second)


def test_missing_file_and_older_reader_have_no_models() -> None:
    store = MemoryStore()
    file = ModelFile(store, "prod")
    assert file.read() == ()

    file.write(MODELS)
    _change_header(store, reader=0)

    assert file.read() == ()


@pytest.mark.parametrize(
    "body",
    # The time is in the header, and the processes of a parallel run must have the same cases.
    [b"", b"not gzip", *(gzip.compress(text, mtime=0) for text in (b"", b"{}\n", b"x\n"))],
)
def test_damaged_file_is_copied_aside(body: bytes) -> None:
    store = MemoryStore()
    store.write(KEY, body)

    assert ModelFile(store, "prod").read() == ()
    assert [key for key in store._files if "damaged" in key]


def test_file_of_another_tenant_is_not_read() -> None:
    store = MemoryStore()
    ModelFile(store, "test").write(MODELS)
    store.write(KEY, _body(store, "models/test.jsonl.gz"))

    assert ModelFile(store, "prod").read() == ()


def test_file_of_a_newer_version_is_not_replaced() -> None:
    store = MemoryStore()
    ModelFile(store, "prod").write(MODELS)
    _change_header(store, schema="iflow-census/models/v2")
    body = _body(store)

    with pytest.raises(ConfigurationError, match="newer version"):
        ModelFile(store, "prod").write(MODELS)
    assert _body(store) == body


def _body(store: MemoryStore, key: str = KEY) -> bytes:
    file = store.read(key)
    assert file is not None
    return file.body


def _change_header(store: MemoryStore, **changes: object) -> None:
    header, *lines = gzip.decompress(_body(store)).splitlines()
    changed = json.dumps(json.loads(header) | changes).encode()
    store.write(KEY, gzip.compress(b"\n".join([changed, *lines])))
