"""Every model of the application, gathered for Django from its room."""

from saleor_bespoke.media.models import BespokeFile
from saleor_bespoke.money.models import (
    Attempt,
    BankTransfer,
    LedgerEntry,
    Payable,
    Payment,
    ProviderEvent,
    Refund,
)
from saleor_bespoke.project.models import (
    Attention,
    BespokeProject,
    Delivery,
    TimelineEvent,
    Webhook,
    WebhookMessage,
)
from saleor_bespoke.steps.aftercare.models import (
    CareBooking,
    Claim,
    ExtraService,
    ResizeCase,
    ReturnRequest,
)
from saleor_bespoke.steps.cad.models import (
    CadAnnotation,
    CadApproval,
    CadPin,
    CadRevision,
    CadView,
    ChangeOrder,
    TweakRound,
)
from saleor_bespoke.steps.intake.models import (
    Brief,
    Consent,
    FeasibilityWarning,
    InformationRequest,
    Message,
    OwnMaterial,
    ReferenceFile,
)
from saleor_bespoke.steps.production.models import ProductionStep, ProgressUpdate
from saleor_bespoke.steps.quality.models import (
    Certificate,
    Hallmark,
    QualityCheck,
    QualityEvidence,
    QualityItem,
)
from saleor_bespoke.steps.quoting.models import Quote, QuoteAlternative, QuoteLine
from saleor_bespoke.steps.shipping.models import Shipment
from saleor_bespoke.workshop.models import (
    Holding,
    Material,
    ProductionWeek,
    Promise,
    PromiseMove,
    SlotBooking,
)

__all__ = [
    "Attempt",
    "Attention",
    "BankTransfer",
    "BespokeFile",
    "BespokeProject",
    "Brief",
    "CadAnnotation",
    "CadApproval",
    "CadPin",
    "CadRevision",
    "CadView",
    "CareBooking",
    "Certificate",
    "ChangeOrder",
    "Claim",
    "Consent",
    "Delivery",
    "ExtraService",
    "FeasibilityWarning",
    "Hallmark",
    "Holding",
    "InformationRequest",
    "LedgerEntry",
    "Material",
    "Message",
    "OwnMaterial",
    "Payable",
    "Payment",
    "ProductionStep",
    "ProductionWeek",
    "ProgressUpdate",
    "Promise",
    "PromiseMove",
    "ProviderEvent",
    "QualityCheck",
    "QualityEvidence",
    "QualityItem",
    "Quote",
    "QuoteAlternative",
    "QuoteLine",
    "ReferenceFile",
    "Refund",
    "ResizeCase",
    "ReturnRequest",
    "Shipment",
    "SlotBooking",
    "TimelineEvent",
    "TweakRound",
    "Webhook",
    "WebhookMessage",
]
