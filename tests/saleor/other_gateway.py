"""Another payment app of the shop: it authorises or charges whatever it is asked to."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from saleor.app.models import App
from saleor.payment import TransactionKind
from saleor.payment.interface import GatewayResponse, TransactionSessionResult
from saleor.payment.utils import create_transaction_event_from_request_and_webhook_response
from saleor.plugins.base_plugin import BasePlugin

GATEWAY = "other.gateway"


def app_make() -> App:
    """The app that this gateway's money belongs to."""
    return App.objects.get_or_create(
        identifier=GATEWAY, defaults={"name": "Other gateway", "is_active": True}
    )[0]


class OtherGateway(BasePlugin):
    """Answers with the result and, if given, the amount that the storefront asks it to pretend."""

    PLUGIN_ID = "tests.other_gateway"
    PLUGIN_NAME = "Other gateway"
    DEFAULT_ACTIVE = True
    CONFIGURATION_PER_CHANNEL = False

    #: What the older payment flow took.
    taken: list[Decimal] = []

    def transaction_initialize_session(self, data: Any, previous_value: Any, **_: Any) -> Any:
        if data.payment_gateway_data.app_identifier != GATEWAY:
            return previous_value
        asked = data.payment_gateway_data.data or {}
        result = asked.get("pretend", "CHARGE_SUCCESS")
        response = {
            "pspReference": f"other-{data.transaction.token.hex}",
            "amount": str(Decimal(str(asked.get("amount", data.action.amount)))),
            "result": result,
            "actions": ["REFUND"] if result == "CHARGE_SUCCESS" else ["CANCEL"],
        }
        return TransactionSessionResult(app_identifier=GATEWAY, response=response)

    def transaction_refund_requested(self, data: Any, previous_value: Any, **_: Any) -> Any:
        return self._answer(data, "REFUND_SUCCESS") or previous_value

    def transaction_cancelation_requested(self, data: Any, previous_value: Any, **_: Any) -> Any:
        return self._answer(data, "CANCEL_SUCCESS") or previous_value

    def get_supported_currencies(self, previous_value: Any) -> list[str]:
        return ["USD", "EUR"]

    def token_is_required_as_payment_input(self, previous_value: Any) -> bool:
        return False

    def process_payment(self, payment_information: Any, previous_value: Any) -> GatewayResponse:
        """The flow of before the Transactions API: it always takes the money."""
        self.taken.append(payment_information.amount)
        return GatewayResponse(
            is_success=True,
            action_required=False,
            kind=TransactionKind.CAPTURE,
            amount=payment_information.amount,
            currency=payment_information.currency,
            transaction_id=f"other-{payment_information.payment_id}",
            error=None,
        )

    def _answer(self, data: Any, result: str) -> Any:
        if data.transaction.app_identifier == GATEWAY:
            response = {
                "pspReference": f"{result}-{data.event.pk}",
                "amount": str(data.action_value),
                "result": result,
            }
            create_transaction_event_from_request_and_webhook_response(
                data.event, data.transaction_app_owner, response
            )
