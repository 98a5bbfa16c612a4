"""Who is asking, and what of a project they may touch."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.db.models import Q, QuerySet

from saleor_bespoke.errors import BespokeError, ErrorCode, NotFound, PermissionDenied
from saleor_bespoke.project.stages import COMMANDS, Role, Stage

if TYPE_CHECKING:
    from saleor_bespoke.project.models import BespokeProject

MANAGE_ORDERS = "MANAGE_ORDERS"
HANDLE_PAYMENTS = "HANDLE_PAYMENTS"
MANAGE_USERS = "MANAGE_USERS"


class ActorKind(StrEnum):
    """What sort of caller stands behind a request."""

    ANONYMOUS = "ANONYMOUS"
    CUSTOMER = "CUSTOMER"
    GUEST = "GUEST"
    STAFF = "STAFF"
    APP = "APP"
    SYSTEM = "SYSTEM"


@dataclass(frozen=True)
class Actor:
    """A caller as the rest of the code sees it: no host object, only what rules need.

    `channels` lists the channel slugs a staff member is restricted to; None means all.
    `closed` lists the channels where the shop has switched the product off: nobody reaches their
    commissions. `token` is the project token presented with this request, if any.
    """

    kind: ActorKind
    ref: str = ""
    user_pk: Any = None
    name: str = ""
    email: str = ""
    permissions: frozenset[str] = frozenset()
    channels: frozenset[str] | None = None
    token: str = ""
    closed: frozenset[str] = frozenset()

    @property
    def manages_orders(self) -> bool:
        """Whether this is the shop's staff, or an app acting for it."""
        return self.kind is ActorKind.SYSTEM or (
            self.kind in (ActorKind.STAFF, ActorKind.APP) and MANAGE_ORDERS in self.permissions
        )

    def with_token(self, token: str) -> Actor:
        """The same caller, presenting a project token."""
        return replace(self, token=token)

    def require(self, permission: str) -> None:
        """Refuse a caller without this permission."""
        if self.kind is not ActorKind.SYSTEM and permission not in self.permissions:
            raise PermissionDenied(permission)


ANONYMOUS = Actor(ActorKind.ANONYMOUS)
SYSTEM = Actor(ActorKind.SYSTEM, ref="system", name="The shop")


def token_new() -> str:
    """An unguessable project token: 256 random bits, URL-safe."""
    return secrets.token_urlsafe(32)


def token_digest(token: str) -> str:
    """What the database keeps of a token."""
    return hashlib.sha256(token.encode(errors="surrogatepass")).hexdigest()


def roles_on(project: BespokeProject, actor: Actor) -> frozenset[Role]:
    """The capacities in which this caller may act on this project; empty for a stranger."""
    roles: set[Role] = set()
    if actor.kind is ActorKind.SYSTEM:
        return frozenset({Role.SYSTEM, Role.STAFF})
    if project.channel in actor.closed:
        return frozenset()
    if actor.manages_orders and (actor.channels is None or project.channel in actor.channels):
        roles.add(Role.STAFF)
    if actor.user_pk is not None and project.owner_id == actor.user_pk:
        roles.add(Role.CUSTOMER)
    held = project.token_digest
    if actor.token and held and hmac.compare_digest(token_digest(actor.token), held):
        roles.add(Role.CUSTOMER)
    return frozenset(roles)


def visible_to(actor: Actor, projects: QuerySet[BespokeProject]) -> QuerySet[BespokeProject]:
    """Only the projects this caller may read."""
    if actor.kind is ActorKind.SYSTEM:
        return projects
    if actor.closed:
        projects = projects.exclude(channel__in=actor.closed)
    if actor.manages_orders:
        return projects if actor.channels is None else projects.filter(channel__in=actor.channels)
    own = Q(pk__in=[])
    if actor.user_pk is not None:
        own |= Q(owner_id=actor.user_pk)
    if actor.token:
        own |= Q(token_digest=token_digest(actor.token))
    return projects.filter(own)


def acting_as(project: BespokeProject, actor: Actor, role: Role) -> Actor:
    """The actor as the timeline names it: a token holder is the project's guest."""
    if role is Role.CUSTOMER and (actor.user_pk is None or project.owner_id != actor.user_pk):
        return replace(actor, kind=ActorKind.GUEST, ref=f"guest:{project.pk}")
    return actor


def check_command(project: BespokeProject, actor: Actor, command: str) -> Actor:
    """Refuse what the table of commands does not allow; answer the actor as it acts."""
    rule = COMMANDS[command]
    held = roles_on(project, actor)
    if not held:
        raise NotFound("project")
    fitting = held & rule.roles
    if not fitting and Role.SYSTEM not in held:
        if Role.CUSTOMER in rule.roles:
            raise BespokeError(ErrorCode.CUSTOMER_ONLY, "Only the customer can do this.")
        raise PermissionDenied(MANAGE_ORDERS)
    if Stage(project.stage) not in rule.stages:
        raise BespokeError(
            ErrorCode.STAGE_FORBIDS,
            f"This is not possible while the commission is in stage {project.stage}.",
        )
    role = Role.CUSTOMER if Role.CUSTOMER in fitting else Role.STAFF
    return acting_as(project, actor, role)


def parse_pk(value: str | UUID, what: str = "project") -> UUID:
    """A primary key as a UUID; anything else is answered like an absent object."""
    try:
        return value if isinstance(value, UUID) else UUID(str(value))
    except ValueError:
        raise NotFound(what) from None
