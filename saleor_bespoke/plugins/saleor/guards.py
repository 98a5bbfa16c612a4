"""How our resolvers run inside Saleor: permitted to read, and switched off with the plugin.

Saleor lets queries read from a replica and complains of every statement on the primary that nobody
permitted. Our reads go to the primary, where a customer finds at once what the workshop just wrote,
and are permitted resolver by resolver. A lazy list is read while that permission lasts.
"""

from __future__ import annotations

from collections.abc import Callable
from copy import copy
from typing import Any

from django.db.models import QuerySet
from graphql import GraphQLError
from saleor.core.db.connection import allow_writer
from saleor.graphql.core.context import disallow_replica_in_context, setup_context_user

from saleor_bespoke.errors import BespokeError, ErrorCode
from saleor_bespoke.graphql.base import BespokeErrorType
from saleor_bespoke.plugins.saleor.active import switches

Resolver = Callable[..., Any]
OFF = "This shop takes no bespoke commissions at present."


def guarded(resolve: Resolver) -> Resolver:
    """The resolver with permission to read, its refusals spoken as Saleor speaks its own."""

    def resolve_guarded(root: Any, info: Any, **arguments: Any) -> Any:
        with allow_writer():
            try:
                found = resolve(root, info, **arguments)
            except BespokeError as refusal:
                raise spoken(refusal) from None
            if isinstance(found, QuerySet):
                len(found)  # reads the rows now
            return found

    return resolve_guarded


def spoken(refusal: BespokeError) -> GraphQLError:
    """A refusal in words that Saleor does not mask, with its class's name as the code."""
    return type(type(refusal).__name__, (GraphQLError,), {})(refusal.message)


def field_guarded(field: Any) -> Any:
    """A copy of a field of ours whose resolver is guarded."""
    guarded_field = copy(field)
    guarded_field.get_resolver = lambda inherited: guarded(field.get_resolver(inherited))
    return guarded_field


def query_guarded(resolve: Resolver, empty: Callable[[], Any]) -> Resolver:
    """A query of ours that answers `empty()` where the plugin is off."""
    answer = guarded(resolve)

    def resolve_query(root: Any, info: Any, **arguments: Any) -> Any:
        if not _offered(info, arguments):
            return empty()
        return answer(root, info, **arguments)

    return resolve_query


def mutation_guarded(resolve: Resolver, payload: Any) -> Resolver:
    """An operation of ours in Saleor's frame: on the primary, with the user known, or refused."""

    def resolve_mutation(root: Any, info: Any, **arguments: Any) -> Any:
        with allow_writer():
            disallow_replica_in_context(info.context)
            setup_context_user(info.context)
            if not _offered(info, arguments):
                code = ErrorCode.SWITCHED_OFF.value
                return payload(errors=[BespokeErrorType(field=None, message=OFF, code=code)])
            return resolve(root, info, **arguments)

    return resolve_mutation


def _offered(info: Any, arguments: dict[str, Any]) -> bool:
    """Whether the plugin is on at all, and not off in the channel that the arguments name."""
    found = switches(info.context)
    channel = arguments.get("channel") or (arguments.get("input") or {}).get("channel")
    return bool(found.on) and channel not in found.off.values()
