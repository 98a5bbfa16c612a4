"""Taking a quote back, also after its acceptance while nothing was paid."""

from __future__ import annotations

from uuid import UUID

from django.db import transaction

from saleor_bespoke.errors import BespokeError, ErrorCode
from saleor_bespoke.flows.withdrawal import payable_end
from saleor_bespoke.project.access import Actor
from saleor_bespoke.steps.quoting import services as quoting
from saleor_bespoke.steps.quoting.models import Quote


@transaction.atomic
def quote_withdraw(*, actor: Actor, quote_pk: str | UUID, reason: str) -> Quote:
    """Staff take back an offer: its checkout, its sum and its holds end with it.

    Refused with PAYMENT_IN_PROGRESS once money is on its way.
    """
    quote, actor = quoting.quote_locked(quote_pk, actor=actor, command="quote_withdraw")
    if quote.status not in ("SENT", "ACCEPTED"):
        raise BespokeError(
            ErrorCode.QUOTE_NOT_LIVE, "This quote is not on offer any more.", field="id"
        )
    open_payables = quote.project.payables.filter(kind="QUOTE", subject_pk=quote.pk, status="OPEN")
    for payable in open_payables:
        payable_end(project=quote.project, payable=payable, outcome="CANCELLED", actor=actor)
    return quoting.quote_withdrawn_mark(quote=quote, reason=reason, actor=actor)
