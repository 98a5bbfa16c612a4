"""The one table of stages and commands: who may do what, when, and where it leads."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Stage(StrEnum):
    """Where a commission stands, coarsely; finer states belong to the rooms' own rows."""

    INTAKE = "INTAKE"
    QUOTED = "QUOTED"
    CHECKOUT = "CHECKOUT"
    DESIGN = "DESIGN"
    PRODUCTION = "PRODUCTION"
    QUALITY = "QUALITY"
    SHIPPING = "SHIPPING"
    AFTERCARE = "AFTERCARE"
    CLOSED = "CLOSED"
    CANCELLED = "CANCELLED"


class Role(StrEnum):
    """In which capacity somebody acts on a project."""

    CUSTOMER = "CUSTOMER"
    STAFF = "STAFF"
    SYSTEM = "SYSTEM"


#: Every move that exists. Anything else is refused, whoever asks.
MOVES: dict[Stage, frozenset[Stage]] = {
    Stage.INTAKE: frozenset({Stage.QUOTED, Stage.DESIGN, Stage.CANCELLED}),  # DESIGN: a redo
    Stage.QUOTED: frozenset({Stage.INTAKE, Stage.CHECKOUT, Stage.CANCELLED}),
    Stage.CHECKOUT: frozenset({Stage.QUOTED, Stage.INTAKE, Stage.DESIGN, Stage.CANCELLED}),
    Stage.DESIGN: frozenset({Stage.PRODUCTION, Stage.CANCELLED}),
    Stage.PRODUCTION: frozenset({Stage.QUALITY, Stage.CANCELLED}),
    Stage.QUALITY: frozenset({Stage.PRODUCTION, Stage.SHIPPING, Stage.CANCELLED}),
    Stage.SHIPPING: frozenset({Stage.QUALITY, Stage.AFTERCARE, Stage.CANCELLED}),
    Stage.AFTERCARE: frozenset({Stage.CLOSED}),
    Stage.CLOSED: frozenset(),
    Stage.CANCELLED: frozenset(),
}

BEFORE_PAYMENT = frozenset({Stage.INTAKE, Stage.QUOTED, Stage.CHECKOUT})
PAID = frozenset({Stage.DESIGN, Stage.PRODUCTION, Stage.QUALITY, Stage.SHIPPING})
DELIVERED = frozenset({Stage.AFTERCARE, Stage.CLOSED})
OPEN = frozenset(Stage) - {Stage.CLOSED, Stage.CANCELLED}
ANY = frozenset(Stage)


@dataclass(frozen=True)
class Command:
    """One thing somebody may ask of a project: the stages it is open in and the roles that may."""

    stages: frozenset[Stage]
    roles: frozenset[Role]


def _customer(*stages: Stage, of: frozenset[Stage] = frozenset()) -> Command:
    return Command(frozenset(stages) | of, frozenset({Role.CUSTOMER}))


def _staff(*stages: Stage, of: frozenset[Stage] = frozenset()) -> Command:
    return Command(frozenset(stages) | of, frozenset({Role.STAFF}))


def _both(*stages: Stage, of: frozenset[Stage] = frozenset()) -> Command:
    return Command(frozenset(stages) | of, frozenset({Role.CUSTOMER, Role.STAFF}))


S = Stage
#: The commands by the name that service, mutation, event and test share.
COMMANDS: dict[str, Command] = {
    # intake
    "brief_revise": _customer(S.INTAKE, S.QUOTED),
    "reference_file_add": _both(S.INTAKE, S.QUOTED, S.DESIGN),
    "reference_file_remove": _customer(S.INTAKE, S.QUOTED),
    "stylist_assign": _staff(of=OPEN),
    "message_send": _both(of=ANY),
    "brief_confirm": _staff(S.INTAKE),
    "information_request": _staff(S.INTAKE),
    "information_answer": _customer(S.INTAKE),
    "feasibility_answer": _staff(S.INTAKE, S.QUOTED),
    "own_material_receive": _staff(S.INTAKE),
    "own_material_accept": _staff(S.INTAKE),
    "own_material_refuse": _staff(S.INTAKE),
    "own_material_return": _staff(of=ANY),
    "old_gold_credit_accept": _customer(S.INTAKE),
    # quoting
    "quote_draft": _staff(S.INTAKE, S.QUOTED),
    "quote_send": _staff(S.INTAKE, S.QUOTED),
    "quote_withdraw": _staff(S.QUOTED, S.CHECKOUT),
    "quote_decline": _customer(S.QUOTED),
    "quote_counter": _customer(S.QUOTED),
    "quote_accept": _customer(S.QUOTED),
    # checkout
    "payable_checkout_open": _customer(of=frozenset(Stage) - {S.CANCELLED}),
    "bank_transfer_expect": _both(of=frozenset(Stage) - {S.CANCELLED}),
    "bank_transfer_record": _staff(of=frozenset(Stage) - {S.CANCELLED}),
    # cad
    "cad_revision_draft": _staff(S.DESIGN),
    "cad_view_add": _staff(S.DESIGN),
    "cad_view_remove": _staff(S.DESIGN),
    "cad_unit_confirm": _staff(S.DESIGN),
    "cad_decision_record": _staff(S.DESIGN),
    "cad_annotation_add": _staff(S.DESIGN),
    "cad_revision_publish": _staff(S.DESIGN),
    "cad_pin_add": _customer(S.DESIGN),
    "cad_pin_answer": _staff(S.DESIGN),
    "cad_tweak_request": _customer(S.DESIGN),
    "cad_tweak_buy": _customer(S.DESIGN),
    "cad_revision_approve": _customer(S.DESIGN),
    "change_order_propose": _staff(S.DESIGN),
    "change_order_withdraw": _staff(S.DESIGN),
    "change_order_accept": _customer(S.DESIGN),
    "change_order_decline": _customer(S.DESIGN),
    "design_permission_grant": _customer(of=ANY),
    "design_permission_revoke": _customer(of=ANY),
    "archive_copy_record": _staff(S.PRODUCTION, S.QUALITY, S.SHIPPING, S.AFTERCARE, S.CLOSED),
    # production
    "production_start": _staff(S.DESIGN),
    "production_step_start": _staff(S.PRODUCTION),
    "production_step_finish": _staff(S.PRODUCTION),
    "production_step_send_back": _staff(S.PRODUCTION),
    "material_consume": _staff(S.PRODUCTION),
    "production_finish": _staff(S.PRODUCTION),
    "progress_update_post": _staff(S.DESIGN, S.PRODUCTION, S.QUALITY, S.SHIPPING),
    "promise_move": _staff(of=OPEN),
    # quality
    "quality_check_record": _staff(S.QUALITY),
    "quality_evidence_add": _staff(S.QUALITY),
    "certificate_record": _staff(S.PRODUCTION, S.QUALITY),
    "certificate_verify": _staff(S.PRODUCTION, S.QUALITY),
    "certificate_reject": _staff(S.PRODUCTION, S.QUALITY),
    "hallmark_record": _staff(S.PRODUCTION, S.QUALITY),
    "quality_pass": _staff(S.QUALITY),
    "quality_fail": _staff(S.QUALITY),
    # shipping
    "shipment_pack": _staff(S.SHIPPING),
    "shipment_dispatch": _staff(S.SHIPPING),
    "shipment_tracking_update": _staff(S.SHIPPING, S.AFTERCARE),
    "shipment_deliver": _staff(S.SHIPPING),
    "piece_collect": _staff(S.SHIPPING),
    # aftercare
    "resize_request": _customer(of=DELIVERED),
    "resize_grant": _staff(of=DELIVERED),
    "resize_price": _staff(of=DELIVERED),
    "resize_refuse": _staff(of=DELIVERED),
    "resize_start": _staff(of=DELIVERED),
    "resize_finish": _staff(of=DELIVERED),
    "resize_return": _staff(of=DELIVERED),
    "return_request": _customer(of=frozenset(Stage) - {S.CANCELLED}),
    "claim_open": _customer(of=DELIVERED),
    "claim_decide": _staff(of=DELIVERED),
    "claim_return": _staff(of=DELIVERED),
    "redo_start": _staff(S.INTAKE),
    "care_book": _customer(of=DELIVERED),
    "care_finish": _staff(of=DELIVERED),
    "extra_service_price": _staff(of=frozenset(Stage) - {S.CANCELLED}),
    "project_close": _staff(S.AFTERCARE),
    # papers
    "document_issue": _both(of=ANY),
    "document_revoke": _staff(of=ANY),
    "contract_sign": _customer(S.CHECKOUT, of=PAID),
    "dossier_assemble": _both(of=ANY),
    # files and persons
    "upload_begin": _both(of=ANY),
    "personal_data_erase": _staff(S.CANCELLED, of=DELIVERED),
    # leaving and steering
    "project_cancel": _both(of=BEFORE_PAYMENT | PAID),
    "attention_resolve": _staff(of=ANY),
    "guest_token_rotate": _both(of=ANY),
    "project_claim": Command(ANY, frozenset({Role.CUSTOMER})),
}
del S


def move_exists(source: Stage, target: Stage) -> bool:
    """Whether the table knows this move."""
    return target in MOVES[source]


def further(reached: Stage, target: Stage) -> Stage:
    """The later of two stages of the way; leaving it leads nowhere further."""
    way = list(Stage)
    return (
        target if target != Stage.CANCELLED and way.index(target) > way.index(reached) else reached
    )
