"""Logging in, and who one is."""

from __future__ import annotations

from typing import Any

import graphene

from saleor_bespoke.plugins.embedded.graphql.frame import HostMutation, error_type
from saleor_bespoke.plugins.embedded.graphql.types import User
from saleor_bespoke.shop.embedded import accounts, models

AccountError, AccountErrorCode = error_type(
    "AccountError", "INVALID_CREDENTIALS LOGIN_ATTEMPT_DELAYED"
)


class AccountQueries:
    """Who is calling."""

    me = graphene.Field(User, description="The user whose token this request carries.")

    @staticmethod
    def resolve_me(_root: Any, info: Any) -> models.User | None:
        caller = accounts.authenticated(info.context)
        return caller if isinstance(caller, models.User) else None


class CreateToken(HostMutation):
    """Log in with e-mail address and password."""

    class Meta:
        error = AccountError

    class Arguments:
        email = graphene.String(required=True, description="The user's e-mail address.")
        password = graphene.String(required=True, description="The user's password.")

    token = graphene.String(description="For the header `Authorization: Bearer …`.")
    user = graphene.Field(User, description="Who logged in.")

    @classmethod
    def act(cls, info: Any, **data: Any) -> dict[str, Any]:
        request = info.context
        user = accounts.login(data["email"], data["password"], address=request.META["REMOTE_ADDR"])
        issuer = request.build_absolute_uri("/graphql/")
        return {"token": accounts.token_create(user, issuer=issuer), "user": user}


class AccountMutations:
    """Logging in."""

    token_create = CreateToken.Field(description=CreateToken.__doc__)
