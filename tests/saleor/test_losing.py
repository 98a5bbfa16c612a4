"""In a real shop: who pays for a stone that another has paid first gets all back and learns why."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from saleor_bespoke import clock
from saleor_bespoke.money.models import Refund
from saleor_bespoke.plugins.embedded.fake_stripe import FakeStripe
from saleor_bespoke.project.access import Actor
from saleor_bespoke.project.models import BespokeProject
from saleor_bespoke.project.stages import Stage
from tests.fixtures import accept_quote, make_customer, make_quoted, make_stone
from tests.hosts import saleor as host
from tests.paying import pay
from tests.saleor.shopping import bearer, by_other_gateway, held, reasons, settled

pytestmark = pytest.mark.django_db

ASK = """
query($id: ID!) { bespokeProject(id: $id) { payables { returned {
  cause sentence refundedAt offered amount { amount }
  lost { material { code } alternatives { code supplier available } }
} } } }
"""


def test_who_pays_for_a_stone_that_is_gone_gets_everything_back_and_alternatives(
    provider: FakeStripe,
    quoted_project: BespokeProject,
    customer: Actor,
    staff: Actor,
    checkout_id: str,
) -> None:
    stone = quoted_project.holdings.get(material__unique=True).material
    near = make_stone(staff, "NEAR", stone={"carat": "1.02"}, supplier="A house nobody names")
    by_other_gateway(checkout_id)
    quoted_project.holdings.update(state="EXPIRED", told_at=clock.now())
    rival = make_customer("rival@example.com")
    other = make_quoted(rival, staff, stone=stone)
    pay(provider, accept_quote(other, rival).attempt.checkout_id)
    before = held()

    host.complete(checkout_id)
    settled()

    quoted_project.refresh_from_db()
    payable = quoted_project.payables.get()
    assert quoted_project.stage == Stage.INTAKE
    assert payable.charged == payable.refund_committed > 0
    assert held() == before - payable.charged
    assert Refund.objects.get(payable=payable).status == "SUCCEEDED"
    assert "PAYMENT_RETURNED" in reasons(quoted_project)

    answer = _asked(quoted_project, customer)
    (row,) = answer["payables"]
    said = row["returned"]
    assert (said["cause"], said["offered"]) == ("MATERIAL_UNAVAILABLE", [near.code])
    assert Decimal(str(said["amount"]["amount"])) == payable.charged
    assert said["refundedAt"] is not None
    assert said["lost"] == [
        {
            "material": {"code": stone.code},
            "alternatives": [{"code": near.code, "supplier": None, "available": None}],
        }
    ]


def _asked(project: BespokeProject, customer: Actor) -> Any:
    """What Saleor's own endpoint answers the customer."""
    from saleor_bespoke.graphql.base import global_id

    wish = {"id": global_id("BespokeProject", project.pk)}
    found = host.ask(ASK, wish, bearer=bearer(customer))
    assert "errors" not in found, found
    return found["data"]["bespokeProject"]
