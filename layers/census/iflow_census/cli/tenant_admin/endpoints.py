"""`iflow-census endpoints`: the addresses of deployed iFlows."""

from typing import Annotated

import typer

from iflow_census.cli.tenant_admin.output import show
from iflow_census.cli.tenant_admin.session import Session, on_tenant
from iflow_census.cli.terminal import JsonResult
from iflow_census.tenant_admin import content

COLUMNS = ("Name", "Protocol", "Url", "Type")


@on_tenant()
def endpoints(
    opened: Session,
    *,
    iflow: Annotated[
        str | None, typer.Option(metavar="ID", help="Only those of this iFlow.  [default: all]")
    ] = None,
    json_result: JsonResult = False,
) -> None:
    """List the addresses at which deployed iFlows can be called."""
    show(content.endpoints(opened.api, iflow), COLUMNS, json_result=json_result)
