"""The models of a tenant's iFlows that earlier scans have read, in one compressed file.

The first line names the schema and the version of the reader. Each further line is an iFlow, or the
names of credentials that the iFlows after it were searched for.
"""

import json
from collections.abc import Sequence
from dataclasses import replace
from itertools import groupby

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
        models = []
        searched: tuple[str, ...] = ()
        for line in lines:
            if line.startswith(b"["):
                searched = tuple(json.loads(line))
            else:
                model = type_adapter(StoredModel).validate_json(line)
                models.append(replace(model, searched=searched))
        return models

    def _dump(self, models: Sequence[StoredModel]) -> bytes:
        header = {
            "schema": SCHEMA,
            "version": __version__,
            "tenant": self._tenant,
            "reader": READER_VERSION,
        }
        dump = type_adapter(StoredModel).dump_json
        lines = [json.dumps(header).encode()]
        ordered = sorted(models, key=lambda model: (model.searched, model.iflow_id))
        for searched, group in groupby(ordered, key=lambda model: model.searched):
            lines += [json.dumps(searched).encode()] if searched else []
            lines += [dump(model, exclude={"searched"}) for model in group]
        return compress(b"\n".join(lines) + b"\n")
