"""`iflow-census endpoints`: the addresses of deployed iFlows."""

from typing import Annotated

import typer

from iflow_census.administration import content
from iflow_census.cli.administration.output import show
from iflow_census.cli.administration.session import TenantArgument, session
from iflow_census.cli.aws import DEFAULT_PREFIX, JsonResult, Prefix, Profile, Region

COLUMNS = ("Name", "Protocol", "Url", "Type")


def endpoints(
    ctx: typer.Context,
    tenant: TenantArgument,
    *,
    iflow: Annotated[
        str | None, typer.Option(metavar="ID", help="Only those of this iFlow.  [default: all]")
    ] = None,
    json_result: JsonResult = False,
    prefix: Prefix = DEFAULT_PREFIX,
    region: Region = None,
    profile: Profile = None,
) -> None:
    """List the addresses at which deployed iFlows can be called."""
    with session(ctx, tenant, prefix=prefix, region=region, profile=profile) as opened:
        show(content.endpoints(opened.api, iflow), COLUMNS, json_result=json_result)
