"""What all operations share: the caller, the mutation's frame, ids, errors."""

from __future__ import annotations

from dataclasses import replace
from typing import Any
from uuid import UUID

import graphene
from graphene.types.mutation import MutationOptions
from graphql import GraphQLError
from graphql_relay import from_global_id, to_global_id

from saleor_bespoke.errors import BespokeError, ErrorCode, NotFound, PermissionDenied
from saleor_bespoke.graphql.arguments import arguments_check
from saleor_bespoke.graphql.loaders import rows_forget
from saleor_bespoke.project.access import (
    ANONYMOUS,
    MANAGE_ORDERS,
    Actor,
    ActorKind,
    roles_on,
)
from saleor_bespoke.project.models import BespokeProject
from saleor_bespoke.project.stages import COMMANDS, Role
from saleor_bespoke.shop.port import shop

BespokeErrorCode = graphene.Enum(
    "BespokeErrorCode",
    [(code.value, code.value) for code in ErrorCode],
    description=lambda value: (
        f"The request was refused: {value.name}."
        if value
        else "Why a bespoke operation was refused."
    ),
)


class BespokeErrorType(graphene.ObjectType):
    """One reason why an operation changed nothing."""

    class Meta:
        name = "BespokeError"
        description = "One reason why a bespoke operation was refused. Nothing was changed."

    field = graphene.String(description="The input field at fault, if one is.")
    message = graphene.String(description="The reason in one sentence.")
    code = BespokeErrorCode(required=True, description="The reason's stable code.")


def actor_of(info: Any, token: str | None = None) -> Actor:
    """The caller of this request, as the host authenticated it, with its project token."""
    context = info.context
    actor: Actor | None = getattr(context, "_bespoke_actor", None)
    # A host writes the payloads of several apps' webhooks with one context, app after app.
    app = getattr(context, "app", None)
    if actor is None or getattr(context, "_bespoke_app", app) is not app:
        actor = context._bespoke_actor = _authenticate(context)
        context._bespoke_app = app
    # A host that offers the product channel by channel leaves on the request where it does not.
    closed = getattr(context, "_bespoke_closed", actor.closed)
    if closed != actor.closed:
        actor = context._bespoke_actor = replace(actor, closed=closed)
    return actor.with_token(token) if token else actor


def _authenticate(context: Any) -> Actor:
    caller = shop().caller(context)
    if caller.app_pk:
        return Actor(
            ActorKind.APP,
            ref=f"app:{caller.app_pk}",
            name=caller.app_name,
            permissions=caller.permissions,
        )
    person = caller.person
    if person is None:
        return ANONYMOUS
    return Actor(
        ActorKind.STAFF if person.is_staff else ActorKind.CUSTOMER,
        ref=f"user:{person.pk}",
        user_pk=person.pk,
        name=person.name,
        email=person.email,
        permissions=caller.permissions if person.is_staff else frozenset(),
        channels=caller.channels,
    )


def staff_view(info: Any, project: BespokeProject) -> bool:
    """Whether this caller sees the project with the workshop's eyes."""
    return Role.STAFF in roles_on(project, actor_of(info))


def decode_id(value: str | None, type_name: str, *, field: str | None = "id") -> UUID:
    """The primary key in a global id of this type; anything else is answered like an absent one."""
    what = type_name.removeprefix("Bespoke").lower()
    try:
        found, pk = from_global_id(value or "")
        if found != type_name:
            raise ValueError(value)
        return UUID(pk)
    except (ValueError, UnicodeDecodeError):
        raise NotFound(what, field=field) from None


def global_id(type_name: str, pk: Any) -> str:
    """The global id an API client sees."""
    return str(to_global_id(type_name, pk))


#: Saleor tells the name of an exception's class as its code.
_Denied = type("PermissionDenied", (GraphQLError,), {})


def denied(error: PermissionDenied) -> GraphQLError:
    """A missing permission as Saleor answers it: a top-level error with its exception's code."""
    problem: GraphQLError = _Denied(error.message)
    problem.extensions = {"exception": {"code": "PermissionDenied"}}
    return problem


#: The arguments by which operations name what they act on, the nearest first.
SUBJECTS = ("id", "holding", "revision", "project")


class BespokeMutation(graphene.Mutation):
    """The frame of every operation: who asks, what may be asked, how a refusal is answered.

    `Meta.command` names the row of the command table; a command for staff alone is refused to all
    others before anything is read. Subclasses implement `perform`, calling one service.
    """

    class Meta:
        abstract = True

    errors = graphene.List(
        graphene.NonNull(BespokeErrorType),
        required=True,
        description="Reasons for a refusal; empty on success.",
    )

    @classmethod
    def __init_subclass_with_meta__(
        cls,
        command: str | None = None,
        permissions: tuple[str, ...] = (),
        description: str | None = None,
        **options: Any,
    ) -> None:
        meta = MutationOptions(cls)
        meta.command = command
        if command is not None and COMMANDS[command].roles <= {Role.STAFF, Role.SYSTEM}:
            permissions = (MANAGE_ORDERS, *permissions)
        meta.permissions = permissions
        cls.__bespoke_command__ = command
        cls.__bespoke_permissions__ = permissions
        if permissions:
            description = f"{description}\n\nRequires one of the permissions: " + ", ".join(
                permissions
            )
        options.setdefault("name", f"Bespoke{cls.__name__}")
        super().__init_subclass_with_meta__(description=description, _meta=meta, **options)

    @classmethod
    def mutate(cls, root: Any, info: Any, **data: Any) -> Any:
        """Authenticate, check the declared permission, perform, answer refusals as `errors`."""
        actor = actor_of(info, data.pop("token", None))
        try:
            for permission in cls.__bespoke_permissions__:
                actor.require(permission)
            arguments_check(data)
            rows_forget(info)
            with shop().writer(info.context):
                return cls(errors=[], **cls.perform(info, actor, **data))
        except PermissionDenied as error:
            raise denied(error) from None
        except BespokeError as error:
            refusal = {
                "field": _argument(error.field, data),
                "message": error.message,
                "code": error.code.value,
            }
            return cls(errors=[BespokeErrorType(**refusal)])

    @classmethod
    def _subject(cls) -> str:
        """The argument by which this operation names what it acts on: services call it `id`."""
        names = cls._meta.arguments or {}
        return next((name for name in SUBJECTS if name in names), "id")

    @classmethod
    def perform(cls, info: Any, actor: Actor, **data: Any) -> dict[str, Any]:
        """Decode, call one service, answer the payload's fields."""
        raise NotImplementedError


def _argument(field: str | None, given: dict[str, Any]) -> str | None:
    """The argument at fault: rules call the row that an operation is about its `id`."""
    if field != "id" or "id" in given:
        return field
    return next((name for name in ("project", "revision", "holding") if name in given), None)


def token_argument() -> graphene.String:
    """The argument by which a guest proves that a project is theirs."""
    return graphene.String(description="The project's secret token, for guests.")


def project_field() -> graphene.Field:
    """The payload field with the project after the operation."""
    return graphene.Field(
        "saleor_bespoke.graphql.project.BespokeProject",
        description="The commission as it is now.",
    )
