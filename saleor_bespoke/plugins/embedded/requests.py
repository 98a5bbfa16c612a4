"""Reading GraphQL operations out of HTTP requests, within the limits of the real shop."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import RequestDataTooBig, TooManyFieldsSent, TooManyFilesSent
from django.http import HttpRequest
from django.http.multipartparser import MultiPartParserError

#: Requests with files may be this large altogether; without, Django's own limit holds.
MULTIPART_BYTES = 600 * 1024 * 1024
BATCH = 1


class BadRequest(Exception):
    """A request that holds no operation we can run; answered with its status and one error."""

    def __init__(self, message: str, status: int = 400) -> None:
        super().__init__(message)
        self.status = status


@dataclass(frozen=True)
class Operation:
    """One operation as sent."""

    query: str
    variables: dict[str, Any]
    name: str | None


def operations(request: HttpRequest) -> tuple[list[Any], bool]:
    """The raw operations of a request, and whether they came as a batch."""
    try:
        body = _body(request)
    except (RequestDataTooBig, TooManyFilesSent, TooManyFieldsSent):
        raise BadRequest("Request body exceeds maximum size.", 413) from None
    except (ValueError, MultiPartParserError, RecursionError):
        raise BadRequest("Unable to parse query.") from None
    if isinstance(body, list):
        if len(body) > BATCH:
            raise BadRequest("Number of batch queries exceeded.")
        return body, True
    return [body], False


def _body(request: HttpRequest) -> Any:
    kind = request.content_type
    if kind == "application/json":
        body = json.loads(request.body)
        if not isinstance(body, dict | list):
            raise ValueError(body)
        return body
    if kind == "application/graphql":
        return {"query": request.body.decode()}
    if kind == "multipart/form-data":
        return _multipart(request)
    if kind == "application/x-www-form-urlencoded":
        return request.POST.dict()
    return {}


def _multipart(request: HttpRequest) -> Any:
    """The operations of a multipart request; each file's place holds the name of its part."""
    if int(request.META.get("CONTENT_LENGTH") or 0) > MULTIPART_BYTES:
        raise RequestDataTooBig
    if "operations" not in request.POST:
        return request.POST.dict()
    body = json.loads(request.POST["operations"])
    places = json.loads(request.POST.get("map", "{}"))
    if not isinstance(body, dict | list) or not isinstance(places, dict):
        raise ValueError(body)
    for part, paths in places.items():
        for path in paths:
            _place(body, str(path).split("."), part)
    return body


def _place(target: Any, path: list[str], part: str) -> None:
    """Write the part's name where the path leads."""
    key: Any = path[0]
    if isinstance(target, list):
        key = int(key)
    elif not isinstance(target, dict):
        raise ValueError(path)
    try:
        if len(path) == 1:
            target[key] = part
        else:
            _place(target[key], path[1:], part)
    except LookupError:
        raise ValueError(path) from None


def operation(raw: Any) -> Operation:
    """One raw operation, checked."""
    query = raw.get("query") if isinstance(raw, dict) else None
    if not query or not isinstance(query, str):
        raise BadRequest("Must provide a query string.")
    variables = raw.get("variables")
    if isinstance(variables, str):
        try:
            variables = json.loads(variables)
        except ValueError:
            variables = {}
    name = raw.get("operationName") or None
    if name is not None and not isinstance(name, str):
        raise BadRequest("Must provide an operation name as text.")
    return Operation(query, variables if isinstance(variables, dict) else {}, name)
