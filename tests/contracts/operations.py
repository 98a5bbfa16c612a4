"""The API's operations as the schema tells them, and valid arguments made from their types."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import uuid4

from django.core.files.uploadedfile import SimpleUploadedFile
from graphql import (
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
)

from saleor_bespoke.graphql.base import global_id
from saleor_bespoke.project.stages import COMMANDS, Command, Role
from tests.hosts import host
from tests.journey import samples

#: The row that an argument names, by field and argument (or by input type and field). The first
#: one of a field leads to the project; `rich.KINDS` tells each row's type.
SUBJECTS = {
    # spine
    "bespokeProject.id": "project",
    "bespokeAttentionResolve.id": "attention",
    "bespokeGuestTokenRotate.id": "project",
    "bespokeProjectClaim.id": "project",
    "bespokeProjectClose.id": "project",
    "bespokeUploadBegin.project": "project",
    "bespokePersonalData.id": "project",
    "bespokePersonalDataErase.id": "project",
    # intake
    "BespokeProjectInput.linkedTo": "project",
    "bespokeBriefRevise.project": "project",
    "bespokeBriefConfirm.id": "brief",
    "bespokeInformationRequest.project": "project",
    "bespokeInformationAnswer.id": "question",
    "bespokeFeasibilityAnswer.id": "warning",
    "bespokeStylistAssign.project": "project",
    "bespokeStylistAssign.staff": "stylist",
    "bespokeReferenceFileAdd.project": "project",
    "bespokeReferenceFileRemove.id": "reference",
    "bespokeMessageSend.project": "project",
    "bespokeOwnMaterialReceive.id": "own_material",
    "bespokeOwnMaterialAccept.id": "own_material",
    "bespokeOwnMaterialRefuse.id": "own_material",
    "bespokeOwnMaterialReturn.id": "own_material",
    "bespokeOldGoldCreditAccept.id": "own_material",
    # quoting and money
    "bespokeQuoteDraft.project": "project",
    "BespokeQuoteLineInput.material": "material",
    "BespokeQuoteLineInput.photo": "picture",
    "BespokeQuoteAlternativeInput.pictures": "picture",
    "bespokeQuoteSend.id": "draft",
    "bespokeQuoteWithdraw.id": "quote",
    "bespokeQuoteDecline.id": "quote",
    "bespokeQuoteCounter.id": "quote",
    "bespokeQuoteAccept.id": "quote",
    "bespokeQuoteAccept.alternative": "alternative",
    "bespokePayableCheckoutOpen.id": "payable",
    "bespokeBankTransferExpect.id": "payable",
    "BespokeBankTransferInput.payable": "payable",
    "bespokeProjectCancel.id": "project",
    # cad
    "bespokeCadRevisionDraft.project": "project",
    "bespokeCadViewAdd.revision": "revision",
    "bespokeCadAnnotationAdd.revision": "revision",
    "BespokeCadAnnotationInput.view": "view",
    "bespokeCadRevisionPublish.id": "revision",
    "bespokeCadViewRemove.id": "view",
    "bespokeCadUnitConfirm.id": "view",
    "bespokeCadDecisionRecord.revision": "revision",
    "bespokeDesignPermissionGrant.project": "project",
    "bespokeDesignPermissionRevoke.project": "project",
    "bespokeArchiveCopyRecord.project": "project",
    "bespokeCadPinAdd.revision": "revision",
    "bespokeCadPinAdd.view": "view",
    "bespokeCadPinAnswer.id": "pin",
    "bespokeCadDifference.before": "revision",
    "bespokeCadDifference.after": "revision",
    "bespokeDesignLikenesses.revision": "revision",
    "bespokeCadTweakRequest.revision": "revision",
    "bespokeCadTweakBuy.project": "project",
    "bespokeCadRevisionApprove.id": "revision",
    "bespokeChangeOrderPropose.project": "project",
    "BespokeMaterialQuantityInput.material": "free_material",
    "BespokeChangeOrderInput.releases": "material",
    "bespokeChangeOrderAccept.id": "change_order",
    "bespokeChangeOrderDecline.id": "change_order",
    "bespokeChangeOrderWithdraw.id": "change_order",
    # production
    "bespokeProductionStart.project": "project",
    "bespokeProductionStepStart.id": "step",
    "bespokeProductionStepFinish.id": "step",
    "bespokeProductionStepSendBack.id": "step",
    "bespokeMaterialConsume.holding": "holding",
    "bespokeProgressUpdatePost.project": "project",
    "bespokeProductionFinish.project": "project",
    "bespokePromiseMove.id": "promise",
    # quality
    "bespokeQualityCheckRecord.id": "check",
    "bespokeQualityEvidenceAdd.project": "project",
    "bespokeQualityPass.id": "check",
    "bespokeQualityFail.id": "check",
    "bespokeCertificateRecord.project": "project",
    "BespokeCertificateInput.material": "material",
    "bespokeCertificateVerify.id": "certificate",
    "bespokeCertificateReject.id": "certificate",
    "bespokeHallmarkRecord.project": "project",
    # shipping
    "bespokeShipmentPack.project": "project",
    "bespokeShipmentDispatch.id": "shipment",
    "bespokeShipmentTrackingUpdate.id": "shipment",
    "bespokeShipmentDeliver.id": "shipment",
    "bespokePieceCollect.project": "project",
    # aftercare
    "bespokeResizeRequest.project": "project",
    "bespokeResizeGrant.id": "resize",
    "bespokeResizePrice.id": "resize",
    "bespokeResizeRefuse.id": "resize",
    "bespokeResizeStart.id": "resize",
    "bespokeResizeFinish.id": "resize",
    "bespokeResizeReturn.id": "resize",
    "bespokeReturnRequest.project": "project",
    "bespokeClaimOpen.project": "project",
    "bespokeClaimDecide.id": "claim",
    "bespokeClaimReturn.id": "claim",
    "bespokeRedoStart.project": "project",
    "bespokeCareBook.project": "project",
    "bespokeCareFinish.id": "care",
    "bespokeExtraServicePrice.project": "project",
    # papers
    "bespokeDocumentIssue.project": "project",
    "bespokeDocumentRevoke.id": "document",
    "bespokeContractSign.project": "project",
    "bespokeDossierAssemble.project": "project",
    # workshop
    "bespokeMaterial.id": "free_material",
    "bespokeMaterialAlternatives.id": "free_material",
    "bespokeMaterialUpdate.id": "free_material",
    "BespokeMaterialFilterInput.ids": "free_material",
    # telling
    "bespokeWebhookDelete.id": "webhook",
}

#: Values for arguments whose name says more than their type.
BY_NAME: dict[str, Any] = {
    "channel": "us",
    "currency": "USD",
    "destinationCountry": "US",
    "label": "6",
    "confirmed": ["pieceType"],
    "contactConsentVersion": "contact-2026-1",
    "returnsNoticeVersion": "returns-2026-1",
    "termsVersion": "terms-2026-1",
    "laboratory": "GIA",
    "quantity": "1",
    "redoFrom": "POLISHING",
    "originCountry": "US",
    "email": "somebody@example.com",
    "targetUrl": "https://app.example.com/events",
}

SCALARS: dict[str, Callable[[], Any]] = {
    "String": lambda: "Some words",
    "Boolean": lambda: True,
    "Int": lambda: 1,
    "Float": lambda: 1.5,
    "Decimal": lambda: "1",
    "Date": lambda: (date.today() + timedelta(days=20)).isoformat(),  # noqa: DTZ011 - any near day
    "DateTime": lambda: (datetime.now(UTC) + timedelta(days=20)).isoformat(),
    "UUID": lambda: str(uuid4()),
    "JSON": dict,
    "Upload": lambda: "0",
}

Find = Callable[[str], str]


class Unreadable(SimpleUploadedFile):
    """An upload of which nobody may have read a byte."""

    def __init__(self) -> None:
        super().__init__("upload", b"")
        self.touched = False

    def read(self, *arguments: Any, **options: Any) -> bytes:
        self.touched = True
        return super().read(*arguments, **options)

    def chunks(self, *arguments: Any, **options: Any) -> Any:
        self.touched = True
        return super().chunks(*arguments, **options)


@dataclass(frozen=True)
class Operation:
    """One field of a root type of the product's part of the schema."""

    name: str
    field: Any
    mutation: bool

    def __str__(self) -> str:
        return self.name

    @property
    def command(self) -> str | None:
        """The row of the table of commands it stands under, if it does."""
        return snake(self.name.removeprefix("bespoke")) if self.mutation else None

    @property
    def rule(self) -> Command | None:
        """What the table of commands says of it."""
        return COMMANDS.get(self.command or "")

    @property
    def staff_only(self) -> bool:
        """Whether the table leaves it to staff."""
        return self.rule is not None and self.rule.roles <= {Role.STAFF, Role.SYSTEM}

    @property
    def guests(self) -> bool:
        """Whether a guest can show a token."""
        return "token" in self.field.args

    @property
    def ids(self) -> list[str]:
        """The paths of all ids among its arguments, the project's way first."""
        return list(id_paths(self.name, self.field.args))

    def variables(self, find: Find, token: str | None = None) -> dict[str, Any]:
        """Valid arguments: all that are required, and every id; `find` answers a path's id."""
        values = {
            name: value_of(argument.type, f"{self.name}.{name}", find)
            for name, argument in self.field.args.items()
            if name != "token" and wanted(argument.type)
        }
        if "first" in self.field.args:
            values["first"] = 10
        if self.guests and (token or isinstance(self.field.args["token"].type, GraphQLNonNull)):
            values["token"] = token or "no token at all"
        return values

    def document(self, variables: dict[str, Any]) -> str:
        """The operation with these variables, asking for its errors and for what it answers."""
        given = {name: self.field.args[name] for name in variables}
        declared = ", ".join(f"${name}: {argument.type}" for name, argument in given.items())
        passed = ", ".join(f"{name}: ${name}" for name in given)
        word = "mutation" if self.mutation else "query"
        head = f"{word} Op({declared})" if declared else f"{word} Op"
        call = f"{self.name}({passed})" if passed else self.name
        return f"{head} {{ {call} {selection(self.field.type)} }}"


def snake(name: str) -> str:
    """`CadRevisionApprove` as `cad_revision_approve`."""
    return "".join(f"_{sign.lower()}" if sign.isupper() else sign for sign in name).lstrip("_")


#: Verbs whose past is not formed by rule.
IRREGULAR = {"buy": "bought", "cancel": "cancelled", "send": "sent", "withdraw": "withdrawn"}


def event_of(command: str) -> str:
    """The event named after a command: `cad_revision_approve` is told as `CadRevisionApproved`."""
    subject, _, verb = command.removesuffix("_back").rpartition("_")
    past = IRREGULAR.get(verb) or re.sub("y$", "i", verb.removesuffix("e")) + "ed"
    tail = "_back" if command.endswith("_back") else ""
    return "".join(word.title() for word in f"{subject}_{past}{tail}".split("_"))


def operations() -> list[Operation]:
    """Every field of the product in the roots of the host's schema."""
    schema = host().schema()
    roots = ((schema.get_query_type(), False), (schema.get_mutation_type(), True))
    return [
        Operation(name, field, mutation)
        for root, mutation in roots
        for name, field in root.fields.items()
        if name.startswith("bespoke")
    ]


def bare(kind: Any) -> Any:
    """A type without its NonNull and List wrappings."""
    while isinstance(kind, GraphQLNonNull | GraphQLList):
        kind = kind.of_type
    return kind


def holds_id(kind: Any, seen: frozenset[str] = frozenset()) -> bool:
    """Whether values of this type can name a row."""
    inner = bare(kind)
    if isinstance(inner, GraphQLInputObjectType) and inner.name not in seen:
        fields = inner.fields.values()
        return any(holds_id(field.type, seen | {inner.name}) for field in fields)
    return bool(inner.name == "ID")


def wanted(kind: Any) -> bool:
    """Whether an argument is given: required ones are, and so is every id."""
    return isinstance(kind, GraphQLNonNull) or holds_id(kind)


def id_paths(owner: str, arguments: Any) -> Iterator[str]:
    """`owner.argument` for every id; those of input types by the input type's name."""
    for name, argument in arguments.items():
        inner = bare(argument.type)
        if inner.name == "ID":
            yield f"{owner}.{name}"
    for argument in arguments.values():
        inner = bare(argument.type)
        if isinstance(inner, GraphQLInputObjectType):
            yield from id_paths(inner.name, inner.fields)


def value_of(kind: Any, path: str, find: Find) -> Any:
    """A valid value of this input type."""
    if isinstance(kind, GraphQLNonNull):
        return value_of(kind.of_type, path, find)
    name = path.rpartition(".")[2]
    if isinstance(kind, GraphQLList):
        return BY_NAME[name] if name in BY_NAME else [value_of(kind.of_type, path, find)]
    if isinstance(kind, GraphQLEnumType):
        return BY_NAME[name] if name in BY_NAME else kind.values[0].name
    if isinstance(kind, GraphQLInputObjectType):
        return {
            key: value_of(field.type, f"{kind.name}.{key}", find)
            for key, field in kind.fields.items()
            if wanted(field.type)
        }
    if kind.name == "ID":
        assert path in SUBJECTS, f"{path}: add it to SUBJECTS in tests/contracts/operations.py"
        return find(path)
    return BY_NAME[name] if name in BY_NAME else SCALARS[kind.name]()


def selection(kind: Any) -> str:
    """The errors in full; of everything else its leaves, one level deep."""
    inner = bare(kind)
    if not isinstance(inner, GraphQLObjectType | GraphQLInterfaceType):
        return ""
    parts = []
    for name, field in inner.fields.items():
        if any(isinstance(item.type, GraphQLNonNull) for item in field.args.values()):
            continue
        below = bare(field.type)
        if name == "errors":
            parts.append("errors { field message code }")
        elif isinstance(below, GraphQLObjectType | GraphQLInterfaceType):
            parts.append(f"{name} {{ __typename }}")
        elif not hasattr(below, "types"):
            parts.append(name)
    return "{ " + " ".join(parts) + " }"


def absent(path: str, kinds: dict[str, str]) -> str:
    """A well-formed id of the right type that names nothing."""
    return global_id(kinds[SUBJECTS[path]], uuid4())


def files() -> dict[str, Any]:
    """What the request uploads."""
    return {"0": SimpleUploadedFile("photo.jpg", samples.phone_jpeg(), "image/jpeg")}
