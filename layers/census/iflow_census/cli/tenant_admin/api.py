"""`iflow-census api`: any request to a tenant's API, in the manner of `gh api`."""

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import replace
from functools import partial
from itertools import chain, islice
from pathlib import Path
from typing import Annotated
from urllib.parse import unquote

import typer

from iflow_census.cli.aws import DEFAULT_PREFIX, Prefix, Profile, Region
from iflow_census.cli.tenant_admin import api_catalog, api_request
from iflow_census.cli.tenant_admin.api_output import Wanted, expression, give_stream
from iflow_census.cli.tenant_admin.api_request import Method, TypedRequest
from iflow_census.cli.tenant_admin.output import downloading, show, show_request
from iflow_census.cli.tenant_admin.session import DryRun, Session, Yes, confirm, session
from iflow_census.cli.terminal import NOTHING_CHANGED, as_usage_error, handle_errors, stderr_console
from iflow_census.cloud_integration.api import ApiResult
from iflow_census.errors import DataError, NotFound
from iflow_census.http.errors import one_line

FIRST = 1000
"""Entries that are read where nobody asked for all: a page of SAP's."""

STREAM = "/$value"
COUNT = "/$count"
UNCERTAIN = "what was sent last may or may not have been carried out"

Text = str | None
Texts = list[str] | None
Opened = Callable[..., AbstractContextManager[Session]]


def api(
    ctx: typer.Context,
    tenant: Annotated[
        str,
        typer.Argument(
            metavar="TENANT",
            help="A service key file, a tenant whose key is in Secrets Manager, or 'sandbox' "
            "(SAP's API sandbox, API key in SAP_API_KEY).",
            show_default=False,
        ),
    ] = "",
    method: Annotated[
        str, typer.Argument(metavar="METHOD", help=", ".join(Method), show_default=False)
    ] = "",
    path: Annotated[
        str,
        typer.Argument(
            metavar="PATH",
            help="What stands behind /api/v1/: an entity set, an entity, a function import.",
            show_default=False,
        ),
    ] = "",
    *,
    fields: Annotated[
        Texts,
        typer.Option("--field", "-f", metavar="NAME=VALUE", help="A property to send: text."),
    ] = None,
    typed_fields: Annotated[
        Texts,
        typer.Option(
            "--typed-field",
            "-F",
            metavar="NAME=VALUE",
            help="A property to send: a number, true, false, null, JSON, or @FILE (in base64).",
        ),
    ] = None,
    file: Annotated[
        Text, typer.Option("--input", metavar="FILE", help="The JSON to send; - is standard input.")
    ] = None,
    content_type: Annotated[
        Text,
        typer.Option(metavar="TYPE", help="The input is no JSON, but content of this media type."),
    ] = None,
    params: Annotated[
        Texts,
        typer.Option(
            "--param",
            "-p",
            metavar="NAME=VALUE",
            help="A query option, or a parameter of a function import.",
        ),
    ] = None,
    filter_: Annotated[Text, typer.Option("--filter", metavar="EXPR", help="$filter.")] = None,
    orderby: Annotated[Text, typer.Option(metavar="EXPR", help="$orderby.")] = None,
    expand: Annotated[Text, typer.Option(metavar="NAMES", help="$expand.")] = None,
    top: Annotated[int | None, typer.Option(metavar="N", min=1, help="$top.")] = None,
    all_pages: Annotated[
        bool, typer.Option("--all", help=f"Read the whole list, not {FIRST} entries.")
    ] = False,
    count: Annotated[bool, typer.Option("--count", help="Only how many there are.")] = False,
    select: Annotated[
        Text, typer.Option(metavar="NAMES", help="Properties to show, with commas between.")
    ] = None,
    jq: Annotated[Text, typer.Option(metavar="EXPR", help="Show what JMESPath finds.")] = None,
    table: Annotated[bool, typer.Option("--table", help="Show a table, not JSON.")] = False,
    output: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Where the answer goes, whatever it is.")
    ] = None,
    what_there_is: Annotated[
        bool,
        typer.Option("--list", help="Show the catalog: --list [AREA], or TENANT AREA --list."),
    ] = False,
    yes: Yes = False,
    dry_run: DryRun = False,
    prefix: Prefix = DEFAULT_PREFIX,
    region: Region = None,
    profile: Profile = None,
) -> None:
    """Send any request to a tenant's API; the answer is JSON on standard output.

    Exit codes: 0 done, 1 failed or not agreed to, 2 usage error, 130 interrupted.
    """
    with handle_errors(stderr_console()):
        with as_usage_error():
            wanted = Wanted(
                select=[name.strip() for name in (select or "").split(",") if name.strip()],
                jq=None if jq is None else expression(jq),
                table=table,
                output=output,
            )
        opened = partial(session, ctx, prefix=prefix, region=region, profile=profile)
        if what_there_is:
            _list([word for word in (tenant, method, path) if word], opened, wanted)
            return
        with as_usage_error():
            shortcuts = {"$filter": filter_, "$orderby": orderby, "$expand": expand}
            given = api_request.options(
                params or (), shortcuts | {"$top": None if top is None else str(top)}
            )
            body = api_request.body(fields or (), typed_fields or (), file, content_type)
            typed = api_request.request(method, path, given, body)
        changes = typed.method is not Method.GET
        said = UNCERTAIN if changes else NOTHING_CHANGED
        with opened(tenant, writes=changes and not dry_run, interrupt_note=said) as found:
            with as_usage_error():
                if count:
                    typed = replace(typed, path=f"{typed.path}{COUNT}")
                arguments = api_catalog.arguments(found.api, typed.method, typed.path)
                typed = typed if arguments is None else typed.as_call(arguments)
            if dry_run:
                shown = typed.body.entity or None
                show_request(
                    typed.method, typed.url(found.api), shown, content=typed.body.said() or None
                )
            elif changes:
                _change(found, typed, wanted, yes=yes)
            else:
                _read(found, typed, wanted, all_pages=all_pages)


def _change(found: Session, typed: TypedRequest, wanted: Wanted, *, yes: bool) -> None:
    request = one_line(f"{typed.method} {unquote(typed.url(found.api))}")
    what = f", with {one_line(typed.body.said())}" if typed.body.said() else ""
    confirm(found.console, f"This changes {found.tenant}: {request}{what}", yes=yes)
    answer = typed.send(found.api)
    found.console.print("Done.")
    _give(wanted, answer)


def _read(found: Session, typed: TypedRequest, wanted: Wanted, *, all_pages: bool) -> None:
    path = typed.path
    if path.endswith(STREAM) or path == api_catalog.METADATA:
        with downloading(found.console, path) as progress:
            size = give_stream(found.api, path, typed.query, wanted.output, progress)
        if wanted.output is not None:
            found.console.print(f"{size} bytes are in {wanted.output}.", soft_wrap=True)
    elif path.endswith(COUNT):
        _give(wanted, found.api.count(path.removesuffix(COUNT), query=typed.query))
    elif typed.is_function or path.endswith(")"):
        _give(wanted, typed.send(found.api))
    else:
        _give(wanted, _entries(found, typed, all_pages=all_pages))


def _give(wanted: Wanted, answer: ApiResult | int) -> None:
    with as_usage_error():
        wanted.give(answer)


def _entries(found: Session, typed: TypedRequest, *, all_pages: bool) -> ApiResult:
    """A list; or the one entity that a navigation property leads to."""
    paging = api_catalog.paging(typed.path, whole=all_pages)
    rows = found.api.read_all(typed.path, query=typed.query, **paging)
    try:
        first = list(islice(rows, 1))
    except NotFound:
        raise
    except DataError:
        answer = typed.send(found.api)
        if isinstance(answer, list):
            raise
        return answer
    whole = all_pages or "$top" in typed.query
    entries = list(chain(first, rows if whole else islice(rows, FIRST - 1)))
    if not whole and len(entries) == FIRST:
        found.console.print(f"These are the first {FIRST}; there may be more: add --all.")
    return entries


def _list(words: Sequence[str], opened: Opened, wanted: Wanted) -> None:
    tenant, area = api_catalog.named(words)
    with as_usage_error():
        rows = list(api_catalog.catalog_rows(area))
    if tenant is not None:
        with opened(tenant) as found:
            rows += api_catalog.added_rows(found.api)
    if wanted.jq is None and wanted.output is None:
        show(rows, wanted.select or api_catalog.COLUMNS)
    else:
        _give(wanted, rows)
