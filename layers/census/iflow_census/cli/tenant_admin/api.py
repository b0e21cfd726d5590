"""`iflow-census api`: send any request to a tenant's API, similar to `gh api`."""

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import replace
from functools import partial
from itertools import chain, islice
from pathlib import Path
from typing import Annotated
from urllib.parse import unquote

import typer

from iflow_census.cli.aws import DEFAULT_PREFIX, Account, Prefix, Profile, Region
from iflow_census.cli.completion import complete
from iflow_census.cli.tenant_admin import api_catalog, api_request
from iflow_census.cli.tenant_admin.api_output import (
    OutputOptions,
    compile_jmespath,
    write_stream,
)
from iflow_census.cli.tenant_admin.api_request import ApiRequest, Method
from iflow_census.cli.tenant_admin.confirmation import confirm
from iflow_census.cli.tenant_admin.options import DryRun, Yes
from iflow_census.cli.tenant_admin.output import download_progress, print_request, print_rows
from iflow_census.cli.tenant_admin.session import TENANT_HELP, AdminSession, open_tenant
from iflow_census.cli.terminal import as_usage_error, handle_errors
from iflow_census.cloud_integration.api import ApiResult
from iflow_census.errors import DataError, NotFound, one_line

_DEFAULT_LIMIT = 1000
"""How many entries of a list are read without --all: one page of SAP's API."""

_STREAM = "/$value"
_COUNT = "/$count"

Text = str | None
Texts = list[str] | None
OpenTenant = Callable[..., AbstractContextManager[AdminSession]]


def api(
    ctx: typer.Context,
    tenant: Annotated[
        str, typer.Argument(metavar="TENANT", help=TENANT_HELP, show_default=False)
    ] = "",
    method: Annotated[
        str,
        typer.Argument(
            metavar="METHOD",
            autocompletion=complete(Method),
            help=", ".join(Method),
            show_default=False,
        ),
    ] = "",
    path: Annotated[
        str,
        typer.Argument(
            metavar="PATH",
            help="The path below /api/v1/: an entity set, an entity or a function import.",
            show_default=False,
        ),
    ] = "",
    *,
    fields: Annotated[
        Texts,
        typer.Option("--field", "-f", metavar="NAME=VALUE", help="A string property to send."),
    ] = None,
    typed_fields: Annotated[
        Texts,
        typer.Option(
            "--typed-field",
            "-F",
            metavar="NAME=VALUE",
            help="A property to send: number, true, false, null, JSON, or @FILE (as base64).",
        ),
    ] = None,
    file: Annotated[
        Text,
        typer.Option("--input", metavar="FILE", help="A JSON file to send; - for standard input."),
    ] = None,
    content_type: Annotated[
        Text,
        typer.Option(metavar="TYPE", help="Send the input as content of this media type."),
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
        bool,
        typer.Option("--all", help=f"Read all entries instead of {_DEFAULT_LIMIT}."),
    ] = False,
    count: Annotated[bool, typer.Option("--count", help="Print only the number of entries.")] = (
        False
    ),
    select: Annotated[
        Text, typer.Option(metavar="NAMES", help="The properties to print, comma-separated.")
    ] = None,
    expression: Annotated[
        Text,
        typer.Option("--query", metavar="EXPR", help="Print the result of a JMESPath expression."),
    ] = None,
    table: Annotated[bool, typer.Option("--table", help="Print a table instead of JSON.")] = False,
    output: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Write the answer to this file.")
    ] = None,
    list_catalog: Annotated[
        bool,
        typer.Option("--list", help="Print the catalog: --list [AREA], or TENANT AREA --list."),
    ] = False,
    yes: Yes = False,
    dry_run: DryRun = False,
    prefix: Prefix = DEFAULT_PREFIX,
    region: Region = None,
    profile: Profile = None,
) -> None:
    """Send any request to a tenant's API. The answer is printed as JSON on standard output.

    Exit codes: 0 done, 1 failed or not confirmed, 2 usage error, 130 interrupted.
    """
    with handle_errors():
        with as_usage_error():
            options = OutputOptions(
                select=[name.strip() for name in (select or "").split(",") if name.strip()],
                query=None if expression is None else compile_jmespath(expression),
                table=table,
                output=output,
            )
        opener = partial(open_tenant, ctx, account=Account(profile, region), prefix=prefix)
        if list_catalog:
            words = [word for word in (tenant, method, path) if word]
            _print_catalog(words, opener, options)
            return
        with as_usage_error():
            query = api_request.parse_query(
                params or (),
                {
                    "$filter": filter_,
                    "$orderby": orderby,
                    "$expand": expand,
                    "$top": None if top is None else str(top),
                },
            )
            body = api_request.parse_body(fields or (), typed_fields or (), file, content_type)
            request = api_request.parse_request(method, path, query, body)
        is_write = request.method is not Method.GET
        with opener(tenant, writes=is_write, yes=yes, dry_run=dry_run) as session:
            with as_usage_error():
                if count:
                    request = replace(request, path=f"{request.path}{_COUNT}")
                request = api_catalog.check_request(session.api, request)
            if dry_run:
                print_request(
                    request.method,
                    request.url(session.api),
                    request.body.entity or None,
                    content=request.body.describe() or None,
                )
            elif is_write:
                _write(session, request, options)
            else:
                _read(session, request, options, all_pages=all_pages)


def _write(session: AdminSession, request: ApiRequest, options: OutputOptions) -> None:
    target = one_line(f"{request.method} {unquote(request.url(session.api))}")
    body = f", with {one_line(request.body.describe())}" if request.body.describe() else ""
    confirm(session, f"This changes {session.tenant}: {target}{body}")
    answer = request.send(session.api)
    session.console.print("Done.")
    _print(answer, options)


def _read(
    session: AdminSession, request: ApiRequest, options: OutputOptions, *, all_pages: bool
) -> None:
    path = request.path
    if path.endswith(_STREAM) or path == api_catalog.METADATA:
        with download_progress(session.console, path) as progress:
            size = write_stream(session.api, path, request.query, options.output, progress)
        if options.output is not None:
            session.console.print(f"{options.output}: {size} bytes", soft_wrap=True)
    elif path.endswith(_COUNT):
        _print(session.api.count(path.removesuffix(_COUNT), query=request.query), options)
    elif request.is_function or path.endswith(")"):
        _print(request.send(session.api), options)
    else:
        _print(_read_list(session, request, all_pages=all_pages), options)


def _print(answer: ApiResult | int, options: OutputOptions) -> None:
    with as_usage_error():
        options.write(answer)


def _read_list(session: AdminSession, request: ApiRequest, *, all_pages: bool) -> ApiResult:
    """Read a list, or the single entity that a navigation property may lead to."""
    checks = api_catalog.list_checks(request.path, all_pages=all_pages)
    rows = session.api.read_all(request.path, query=request.query, **checks)
    try:
        first = list(islice(rows, 1))
    except NotFound:
        raise
    except DataError:
        answer = request.send(session.api)
        if isinstance(answer, list):
            raise
        return answer
    unlimited = all_pages or "$top" in request.query
    entries = list(chain(first, rows if unlimited else islice(rows, _DEFAULT_LIMIT - 1)))
    if not unlimited and len(entries) == _DEFAULT_LIMIT:
        session.console.print(
            f"Only the first {_DEFAULT_LIMIT} entries are shown; add --all to read all of them."
        )
    return entries


def _print_catalog(words: Sequence[str], opener: OpenTenant, options: OutputOptions) -> None:
    tenant, area = api_catalog.parse_list_arguments(words)
    with as_usage_error():
        rows = list(api_catalog.catalog_rows(area))
    if tenant is not None:
        with opener(tenant) as session:
            rows += api_catalog.unlisted_rows(session.api)
    if options.query is None and options.output is None:
        print_rows(rows, options.select or api_catalog.COLUMNS)
    else:
        _print(rows, options)
