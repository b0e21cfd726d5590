"""The content of design-time iFlows.

Source: SAP OpenAPI, IntegrationContent. `$value` returns the zip file of the newest version, even
if it is a draft. Content of configure-only packages cannot be downloaded.
"""

import json
from collections.abc import Mapping, Sequence
from functools import partial
from zlib import crc32

from iflow_census.cloud_integration import odata
from iflow_census.cloud_integration.api import Api
from iflow_census.cloud_integration.connection import SapConnection
from iflow_census.cloud_integration.optional_reads import OptionalReads
from iflow_census.errors import AccessError, OptionRejected, RequestRejected, ResponseTooLong
from iflow_census.scan.anatomy.archive import MAX_ZIP_BYTES, UnreadableModel, too_large
from iflow_census.scan.anatomy.model import IflowModel, ModelResult
from iflow_census.scan.anatomy.reader import read_exported_models, read_model
from iflow_census.scan.model_scan import NOT_YET_READ
from iflow_census.scan.readings import Reading

NEWEST = "active"
"""SAP's name for the newest version, even if it is a draft."""


def read_iflow_model(
    api: Api, iflow_id: str, version: str = NEWEST, names: Sequence[str] = ()
) -> IflowModel:
    """Download an iFlow and read its model.

    `version` is the name of its current version, or `NEWEST`; SAP has no other ones. The model is
    searched for `names` of credentials.

    Raises:
        UnreadableModel: the content is not an iFlow's, or beyond a limit.
        CensusError: any error of `Api.read_stream`.
    """
    key = {"Id": iflow_id, "Version": version}
    path = f"{odata.entity_path('IntegrationDesigntimeArtifacts', key)}/$value"
    try:
        return api.read_stream(path, partial(read_model, names=names), max_bytes=MAX_ZIP_BYTES)
    except ResponseTooLong:
        raise too_large(f"a zip file of more than {MAX_ZIP_BYTES} bytes") from None


def model_or_reason(
    optional: OptionalReads, iflow_id: str, seconds: float, names: Sequence[str] = ()
) -> Reading[ModelResult]:
    """Read the model of an iFlow within a number of seconds, or say why there is none.

    Args:
        optional: the tenant.
        iflow_id: its id.
        seconds: the limit.
        names: the names of credentials to search for.
    """

    def fetch(connection: SapConnection) -> ModelResult:
        try:
            return ModelResult(read_iflow_model(Api(connection), iflow_id, names=names))
        except UnreadableModel as error:
            return ModelResult(problem=str(error))
        except (AccessError, OptionRejected, RequestRejected) as error:
            raise type(error)(f"refused: {error}") from error

    name = f"model of {iflow_id}{_searched(names)}"
    reading = optional.read(name, ModelResult, fetch, seconds=seconds)
    if reading.value is None and not str(reading.reason).startswith("refused: "):
        return Reading(reason=f"{NOT_YET_READ}: {reading.reason}")
    return reading


def models_of_package(
    optional: OptionalReads, package_id: str, seconds: float, names: Sequence[str] = ()
) -> Reading[Mapping[str, ModelResult]]:
    """Read the models of a package in one request, by iFlow; the reason why it was not possible.

    SAP answers 500 if any artifact of the package is a draft, so the request is not repeated. An
    iFlow whose model could not be read is left out.
    """
    path = f"{odata.entity_path('IntegrationPackages', package_id)}/$value"

    def fetch(connection: SapConnection) -> Mapping[str, ModelResult]:
        read = partial(read_exported_models, names=names)
        models = Api(connection).read_stream(path, read, max_bytes=MAX_ZIP_BYTES)
        return {iflow_id: ModelResult(model) for iflow_id, model in models.items()}

    name = f"models of package {package_id}{_searched(names)}"
    return optional.read(name, Mapping[str, ModelResult], fetch, seconds=seconds, retries=0)


def _searched(names: Sequence[str]) -> str:
    """Distinguish readings in the journal by the names that were searched for."""
    return f", searched {crc32(json.dumps(names).encode()):08x}" if names else ""
