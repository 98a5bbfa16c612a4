"""What of our answers Saleor hides from the apps that observe its API.

Saleor reports requests with their answers to apps that listen to its observability events, and
masks answers that hold what it calls sensitive: log-in tokens, names, addresses of its own types.
"""

from __future__ import annotations

from saleor.webhook.observability.sensitive_data import SENSITIVE_GQL_FIELDS

#: Secret links, and whom a commission is for. A name here that the schema has not would end all
#: reports of the shop.
OURS = {
    "BespokeProjectCreate": {"guestToken"},
    "BespokeGuestTokenRotate": {"guestToken"},
    "BespokeProject": {"contactName", "contactEmail"},
}


def mask() -> None:
    """Count our secrets among the sensitive fields."""
    SENSITIVE_GQL_FIELDS.update(OURS)
