"""The content of design-time iFlows.

Source: SAP OpenAPI, IntegrationContent. `$value` returns the zip file of the newest version, even
if it is a draft. Content of configure-only packages cannot be downloaded.
"""

from iflow_census.cloud_integration import odata
from iflow_census.cloud_integration.api import Api
from iflow_census.errors import ResponseTooLong
from iflow_census.scan.anatomy.archive import MAX_ZIP_BYTES, too_large
from iflow_census.scan.anatomy.model import IflowModel
from iflow_census.scan.anatomy.reader import read_model

NEWEST = "active"
"""SAP's name for the newest version, even if it is a draft."""


def read_iflow_model(api: Api, iflow_id: str, version: str = NEWEST) -> IflowModel:
    """Download an iFlow and read its model.

    Args:
        api: the tenant.
        iflow_id: its id.
        version: the name of its current version, or `NEWEST`; SAP has no other ones.

    Raises:
        UnreadableModel: the content is not an iFlow's, or beyond a limit.
        CensusError: any error of `Api.read_stream`.
    """
    key = {"Id": iflow_id, "Version": version}
    path = f"{odata.entity_path('IntegrationDesigntimeArtifacts', key)}/$value"
    try:
        return api.read_stream(path, read_model, max_bytes=MAX_ZIP_BYTES)
    except ResponseTooLong:
        raise too_large(f"a zip file of more than {MAX_ZIP_BYTES} bytes") from None
