"""The models of a tenant's iFlows that earlier scans have read, in one compressed file.

The first line names the schema and the version of the reader; each further line is an iFlow.
"""

import json
from collections.abc import Sequence

from iflow_census import __version__
from iflow_census.scan.anatomy.model import READER_VERSION
from iflow_census.scan.model_scan import StoredModel
from iflow_census.store.protocol import Store
from iflow_census.store.state_file import (
    StateFile,
    StateFormat,
    compress,
    decompress,
    refuse_newer,
    type_adapter,
)

SCHEMA = "iflow-census/models/v1"


class ModelFile:
    """The file of a tenant; its methods raise the errors of the store."""

    def __init__(self, store: Store, tenant: str) -> None:
        self._tenant = tenant
        self._file = StateFile(
            store, f"models/{tenant}.jsonl.gz", StateFormat(SCHEMA, self._load, self._dump)
        )

    def read(self) -> Sequence[StoredModel]:
        """Read the models; none if an older reader has written them, or the file is damaged."""
        return self._file.read().value or ()

    def write(self, models: Sequence[StoredModel]) -> None:
        """Replace the models."""
        self._file.write(models)

    def _load(self, body: bytes) -> Sequence[StoredModel]:
        header, *lines = decompress(body).splitlines()
        refuse_newer(f"models of {self._tenant}", header, SCHEMA)
        content = json.loads(header)
        if (content["schema"], content["tenant"]) != (SCHEMA, self._tenant):
            raise ValueError("not the models of this tenant")
        if content["reader"] != READER_VERSION:
            return ()
        return [type_adapter(StoredModel).validate_json(line) for line in lines]

    def _dump(self, models: Sequence[StoredModel]) -> bytes:
        header = {
            "schema": SCHEMA,
            "version": __version__,
            "tenant": self._tenant,
            "reader": READER_VERSION,
        }
        ordered = sorted(models, key=lambda model: model.iflow_id)
        lines = [json.dumps(header).encode(), *map(type_adapter(StoredModel).dump_json, ordered)]
        return compress(b"\n".join(lines) + b"\n")
