"""The site's views: the GraphQL endpoint and its explorer, the provider's door, private files."""

from __future__ import annotations

import logging
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.shortcuts import render
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods
from graphql import GraphQLError, Source, execute, parse, validate
from graphql.error import GraphQLSyntaxError
from jwt import PyJWTError

from saleor_bespoke.errors import BespokeError
from saleor_bespoke.graphql.base import actor_of
from saleor_bespoke.plugins.embedded import limits
from saleor_bespoke.plugins.embedded.requests import (
    BadRequest,
    Operation,
    operation,
    operations,
)
from saleor_bespoke.plugins.embedded.schema import schema
from saleor_bespoke.web import addresses
from saleor_bespoke.web.certificates import certificate_page
from saleor_bespoke.web.dossiers import dossier

logger = logging.getLogger(__name__)
Json = dict[str, Any]


def health(request: HttpRequest) -> HttpResponse:
    """Answer that the process is alive."""
    return HttpResponse("ok", content_type="text/plain")


@csrf_exempt
@require_http_methods(["GET", "OPTIONS", "POST"])
def graphql(request: HttpRequest) -> HttpResponse:
    """The API: operations by POST, the explorer by GET, a browser's preliminary question."""
    if request.method == "GET":
        return render(request, "bespoke_embedded/explorer.html")
    if request.method == "OPTIONS":
        return _for_browsers(request, HttpResponse(status=200 if _origin(request) else 400))
    return _for_browsers(request, _answer(request))


def _answer(request: HttpRequest) -> HttpResponse:
    try:
        raw, batch = operations(request)
        answers = [_run(request, item) for item in raw]
    except BadRequest as error:
        return JsonResponse({"errors": [_problem(error)]}, status=error.status)
    if batch:
        status = max((status for _, status in answers), default=200)
        return JsonResponse([body for body, _ in answers], safe=False, status=status)
    body, status = answers[0]
    return JsonResponse(body, status=status)


def _run(request: HttpRequest, raw: Any) -> tuple[Json, int]:
    """Run one operation: 400 if it could not begin, 200 once it did, whatever came of it."""
    wanted: Operation = operation(raw)
    cost = 0
    try:
        document, errors = _read(wanted.query)
        if errors:
            return _body(None, errors, cost), 400
        cost = limits.check(document, wanted.variables)
        result: Any = execute(
            schema,
            document,
            context_value=request,
            variable_values=wanted.variables,
            operation_name=wanted.name,
        )
    except (GraphQLError, GraphQLSyntaxError) as error:
        return _body(None, [error], cost), 400
    if result.invalid:
        return _body(None, result.errors, cost), 400
    return _body({"data": result.data}, result.errors or [], cost), 200


def _read(query: str) -> tuple[Any, list[Any]]:
    """The document of a query, and what is invalid in it."""
    try:
        document = parse(Source(query))
        return document, validate(schema, document)
    except RecursionError:
        # The library follows nesting, and fragments that spread themselves, without a limit.
        raise GraphQLError("The query is nested too deeply.") from None


def _body(data: Json | None, errors: list[Any], cost: int) -> Json:
    problems = {"errors": [_problem(error) for error in errors]} if errors else {}
    counted = {"cost": {"requestedQueryCost": cost, "maximumAvailable": limits.COST}}
    return {**problems, **(data or {}), "extensions": counted}


def _problem(error: Exception) -> Json:
    """An error as the real shop writes it; what nobody meant to raise stays in our log."""
    cause = _cause(error)
    spoken = isinstance(cause, GraphQLError | BespokeError | PyJWTError | BadRequest)
    if not spoken:
        logger.error("A resolver failed.", exc_info=(type(cause), cause, cause.__traceback__))
    code = "GraphQLError" if isinstance(cause, BadRequest) else type(cause).__name__
    extensions = getattr(cause, "extensions", None) or {"exception": {"code": code}}
    problem: Json = {
        "message": str(cause) if spoken else "Internal Server Error",
        "extensions": extensions,
    }
    locations = getattr(error, "locations", None)
    if locations:
        problem["locations"] = [{"line": at.line, "column": at.column} for at in locations]
    path = getattr(error, "path", None)
    if path:
        problem["path"] = path
    return problem


def _cause(error: Exception) -> Exception:
    original = getattr(error, "original_error", None)
    return _cause(original) if isinstance(original, Exception) else error


def _origin(request: HttpRequest) -> str:
    return request.headers.get("Origin", "")


def _for_browsers(request: HttpRequest, response: HttpResponse) -> HttpResponse:
    """Let storefronts of any origin ask: nothing here rests on cookies."""
    response["Access-Control-Allow-Methods"] = "POST, OPTIONS"
    response["Access-Control-Allow-Headers"] = (
        "Origin, Content-Type, Accept, Authorization, Authorization-Bearer"
    )
    response["Vary"] = "Origin"
    if _origin(request):
        response["Access-Control-Allow-Origin"] = _origin(request)
        response["Access-Control-Max-Age"] = "600"
    return response


@csrf_exempt
def stripe_webhook(request: HttpRequest) -> HttpResponse:
    """The payment provider's reports."""
    return addresses.provider_report(request)


def private_file(request: HttpRequest, link: str) -> HttpResponseBase:
    """A private file, for the viewer its link was made for."""
    return addresses.private_file(request, link, caller=lambda: actor_of(_Info(request)))


def private_dossier(request: HttpRequest, link: str) -> HttpResponseBase:
    """The dossier of a piece, for the viewer its link was made for."""
    return dossier(request, link, caller=lambda: actor_of(_Info(request)))


def public_certificate(request: HttpRequest, code: str) -> HttpResponse:
    """Whether a certificate is genuine, for anybody who holds it."""
    return certificate_page(request, code)


class _Info:
    """What `actor_of` asks of GraphQL's info outside of GraphQL."""

    def __init__(self, context: HttpRequest) -> None:
        self.context = context
