"""The embedded site's schema: the host's operations and the product's, in one root."""

from __future__ import annotations

import graphene

from saleor_bespoke.graphql.schema import BespokeMutations, BespokeQueries
from saleor_bespoke.plugins.embedded.graphql.accounts import AccountMutations, AccountQueries
from saleor_bespoke.plugins.embedded.graphql.checkouts import CheckoutMutations, CheckoutQueries
from saleor_bespoke.plugins.embedded.graphql.orders import OrderMutations, OrderQueries
from saleor_bespoke.plugins.embedded.graphql.payments import PaymentMutations


class HostQueries(AccountQueries, CheckoutQueries, OrderQueries):
    """All queries of the host."""


class HostMutations(AccountMutations, CheckoutMutations, PaymentMutations, OrderMutations):
    """All operations of the host."""


class Query(HostQueries, BespokeQueries, graphene.ObjectType):
    """What can be read."""


class Mutation(HostMutations, BespokeMutations, graphene.ObjectType):
    """What can be done."""


schema = graphene.Schema(query=Query, mutation=Mutation)
