"""Who calls, as Saleor authenticated them, and where its staff may work."""

from __future__ import annotations

from typing import Any

from graphql_relay import from_global_id
from saleor.account.models import Group, User
from saleor.channel.models import Channel

from saleor_bespoke.shop import port


def person(user: Any) -> port.Person:
    """A user of the shop; one without a name is called by the e-mail address."""
    name = f"{user.first_name} {user.last_name}".strip()
    return port.Person(
        pk=user.pk,
        email=user.email,
        name=name or user.email,
        is_staff=user.is_staff,
        active=user.is_active,
    )


def staff_find(reference: str) -> port.Person | None:
    """A staff user by global id; garbage and customers alike are nobody."""
    try:
        kind, pk = from_global_id(reference)
    except (ValueError, UnicodeDecodeError):
        return None
    if kind != "User" or not pk.isdigit():
        return None
    user = User.objects.filter(pk=int(pk), is_staff=True).first()
    return person(user) if user else None


def caller(context: Any) -> port.Caller:
    """The app or user behind a request; a token cut to an extension keeps its fewer rights."""
    app = getattr(context, "app", None)
    if app:
        return port.Caller(app_pk=str(app.pk), app_name=app.name, permissions=_permissions_of(app))
    user = getattr(context, "user", None)
    if not user or not user.is_active:
        return port.Caller()
    if not user.is_staff:
        return port.Caller(person=person(user))
    names = (permission.codename.upper() for permission in user.effective_permissions)
    return port.Caller(person=person(user), permissions=frozenset(names), channels=_channels(user))


def _channels(user: Any) -> frozenset[str] | None:
    """The channels that the user's groups open, None for all of them.

    As in Saleor, one unrestricted group opens every channel, and no group opens none.
    """
    if user.is_superuser:
        return None
    groups = Group.objects.filter(user=user)
    if groups.filter(restricted_access_to_channels=False).exists():
        return None
    return frozenset(Channel.objects.filter(group__in=groups).values_list("slug", flat=True))


def _permissions_of(app: Any) -> frozenset[str]:
    return frozenset(name.split(".")[-1].upper() for name in app.get_permissions())
