"""What the host's operations share: ids, permissions, and refusals in Saleor's shapes."""

from __future__ import annotations

from typing import Any

import graphene
from graphene.types.mutation import MutationOptions
from graphql import GraphQLError
from graphql_relay import from_global_id

from saleor_bespoke.errors import PermissionDenied
from saleor_bespoke.shop.embedded.accounts import authenticated, permissions_of
from saleor_bespoke.shop.embedded.refusals import HostRefusal, refuse


def error_type(name: str, codes: str) -> tuple[type[graphene.ObjectType], type[graphene.Enum]]:
    """An operation's error type with the enum of its codes, e.g. `CheckoutError`."""
    enum = graphene.Enum(
        f"{name}Code",
        [(code, code) for code in codes.split()],
        description=lambda value: None if value else f"Codes of {name}.",
    )
    attributes = {
        "__doc__": "One reason why nothing was changed.",
        "field": graphene.String(description="The input field at fault, if one is."),
        "message": graphene.String(description="The reason."),
        "code": enum(required=True, description="The reason's code."),
    }
    return type(name, (graphene.ObjectType,), attributes), enum


def decode(value: str, *kinds: str) -> tuple[str, str]:
    """The type and the key in a global id of one of these kinds (any, if none is named).

    Raises `GraphQLError`, as Saleor's queries answer a wrong id.
    """
    expected = f" Expected: {', '.join(kinds)}" if kinds else ""
    try:
        kind, pk = from_global_id(value)
    except ValueError:
        raise GraphQLError(f"Invalid ID: {value}.{expected}{'.' if expected else ''}") from None
    if kinds and kind not in kinds:
        raise GraphQLError(f"Invalid ID: {value}.{expected}, received: {kind}.")
    return kind, pk


def decode_input(value: str, *kinds: str, field: str = "id") -> str:
    """The key in a global id of a mutation that lists a wrong one among its errors."""
    try:
        return decode(value, *kinds)[1]
    except GraphQLError as error:
        raise refuse("GRAPHQL_ERROR", error.message, field) from None


def not_found(value: str, field: str = "id") -> HostRefusal:
    """The refusal for an id that names nothing."""
    return refuse("NOT_FOUND", f"Couldn't resolve to a node: {value}", field)


def require(info: Any, *permissions: str) -> None:
    """Refuse a caller who has none of these permissions."""
    if permissions_of(authenticated(info.context)).isdisjoint(permissions):
        raise PermissionDenied(*permissions)


class HostMutation(graphene.Mutation):
    """An operation of the host: authenticate, check, act, answer refusals as `errors`.

    Subclasses implement `act`, which answers the payload's fields or raises `HostRefusal`.
    """

    class Meta:
        abstract = True

    @classmethod
    def __init_subclass_with_meta__(
        cls,
        error: type[graphene.ObjectType] | None = None,
        permission: str = "",
        **options: Any,
    ) -> None:
        cls.__error__ = error
        cls.__permission__ = permission
        cls.errors = graphene.List(
            graphene.NonNull(error),
            required=True,
            description="Why nothing was changed; empty on success.",
        )
        super().__init_subclass_with_meta__(_meta=MutationOptions(cls), **options)

    @classmethod
    def mutate(cls, _root: Any, info: Any, **data: Any) -> Any:
        """The frame around `act`."""
        authenticated(info.context)
        if cls.__permission__:
            require(info, cls.__permission__)
        try:
            return cls(errors=[], **cls.act(info, **data))
        except HostRefusal as refusal:
            return cls(
                errors=[
                    cls.__error__(field=fault.field, message=fault.message, code=fault.code)
                    for fault in refusal.faults
                ]
            )

    @classmethod
    def act(cls, info: Any, **data: Any) -> dict[str, Any]:
        """Decode, call one service, answer the payload's fields."""
        raise NotImplementedError
