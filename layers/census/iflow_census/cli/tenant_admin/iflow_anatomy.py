"""`iflow-census iflow anatomy`: what an iFlow of a tenant connects."""

from iflow_census.cli.model_output import print_model
from iflow_census.cli.tenant_admin.options import IflowArgument
from iflow_census.cli.tenant_admin.session import AdminSession, tenant_command
from iflow_census.cli.terminal import JsonResult
from iflow_census.cloud_integration.content import read_iflow_model


@tenant_command()
def anatomy(
    session: AdminSession, iflow: IflowArgument, *, json_result: JsonResult = False
) -> None:
    """Show what an iFlow connects: its triggers, systems and calls, in its newest version."""
    print_model(read_iflow_model(session.api, iflow), iflow, json_result=json_result)
