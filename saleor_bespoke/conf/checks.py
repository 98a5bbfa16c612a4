"""Settings checked before anything uses them: each as its type, within sensible bounds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal
from itertools import pairwise
from typing import Any

from django.core.exceptions import ImproperlyConfigured

from saleor_bespoke import environment
from saleor_bespoke.conf.options import Options, WorkshopOptions
from saleor_bespoke.conf.policies import REFUND_LADDER, ChannelPolicy, Workshop
from saleor_bespoke.craft.file_kinds import FileKind, Purpose
from saleor_bespoke.craft.file_quotas import FileQuota
from saleor_bespoke.craft.skills import Skill

#: No upload is ever larger; also the largest number that GraphQL's Int can tell a storefront.
FILE_BYTES_MAX = 2_147_483_647


def checked(options: Mapping[str, Any], source: str = "BESPOKE") -> Mapping[str, Any]:
    """These settings, each as its type; a wrong one is an `ImproperlyConfigured` naming it."""
    found = environment.entries(Options, options, source)
    for channel, entry in found.get("CHANNELS", {}).items():
        policy_from(entry, f"{source}.CHANNELS.{channel}")
    for name, entry in found.get("WORKSHOPS", {}).items():
        workshop_from(name, entry, f"{source}.WORKSHOPS.{name}")
    _file_bytes_check(found.get("FILE_MAX_BYTES", {}), f"{source}.FILE_MAX_BYTES")
    return found


def policy_from(overrides: Mapping[str, Any], where: str) -> ChannelPolicy:
    """The policy with these entries in place of the usual ones; `where` names them in errors."""
    found = environment.entries(ChannelPolicy, overrides, where)
    if "refund_ladder" in found:
        found["refund_ladder"] = _ladder(found["refund_ladder"], f"{where}.refund_ladder")
    if found.get("slots_per_week", 0) < 0:
        raise ImproperlyConfigured(f"{where}.slots_per_week must not be below 0.")
    _file_kinds_check(found.get("file_kinds", {}), f"{where}.file_kinds")
    _file_bytes_check(found.get("file_max_bytes", {}), f"{where}.file_max_bytes")
    _file_quotas_check(found.get("file_quotas", {}), f"{where}.file_quotas")
    _purposes_check(dict.fromkeys(found.get("originals_kept", ())), f"{where}.originals_kept")
    return replace(ChannelPolicy(), **found)


def workshop_from(name: str, entry: Any, where: str) -> Workshop:
    """The workshop of an entry; `where` names it in errors."""
    found = Workshop(name, **environment.entries(WorkshopOptions, entry, where))
    if found.slots_per_week < 0:
        raise ImproperlyConfigured(f"{where}.slots_per_week must not be below 0.")
    for skill, places in found.skills.items():
        if skill not in set(Skill):
            raise ImproperlyConfigured(
                f"{where}.skills knows no {skill}; it knows {', '.join(Skill)}."
            )
        if places < 0:
            raise ImproperlyConfigured(f"{where}.skills.{skill} must not be below 0.")
    return found


def _purposes_check(named: Mapping[str, Any], where: str) -> None:
    if unknown := sorted(set(named) - set(Purpose)):
        raise ImproperlyConfigured(
            f"{where} knows no purpose {', '.join(unknown)}; it knows {', '.join(Purpose)}."
        )


def _file_kinds_check(kinds: Mapping[str, tuple[str, ...]], where: str) -> None:
    _purposes_check(kinds, where)
    for purpose, named in kinds.items():
        if not named or set(named) - set(FileKind):
            raise ImproperlyConfigured(
                f"{where}.{purpose} must name one or more of {', '.join(FileKind)}."
            )


def _file_bytes_check(most: Mapping[str, int], where: str) -> None:
    _purposes_check(most, where)
    for purpose, size in most.items():
        if not 1 <= size <= FILE_BYTES_MAX:
            raise ImproperlyConfigured(
                f"{where}.{purpose} must lie between 1 and {FILE_BYTES_MAX} bytes, not {size}."
            )


def _file_quotas_check(quotas: Mapping[str, int], where: str) -> None:
    if unknown := sorted(set(quotas) - set(FileQuota)):
        raise ImproperlyConfigured(
            f"{where} knows no {', '.join(unknown)}; it knows {', '.join(FileQuota)}."
        )
    for name, most in quotas.items():
        if most < 0:
            raise ImproperlyConfigured(f"{where}.{name} must not be below 0, not {most}.")


def _ladder(given: Mapping[str, Decimal], where: str) -> Mapping[str, Decimal]:
    """The whole ladder: known stages, shares from 0 to 1, none larger than that of a stage before.

    A stage that is not given keeps the default's share.
    """
    if unknown := sorted(set(given) - set(REFUND_LADDER)):
        raise ImproperlyConfigured(
            f"{where} knows no stage {', '.join(unknown)}; it has {', '.join(REFUND_LADDER)}."
        )
    for stage, share in given.items():
        if not 0 <= share <= 1:
            raise ImproperlyConfigured(f"{where}.{stage} must lie between 0 and 1, not {share}.")
    whole = {stage: given.get(stage, share) for stage, share in REFUND_LADDER.items()}
    rungs = list(whole.items())
    for (before, more), (after, less) in pairwise(rungs):
        if less > more:
            raise ImproperlyConfigured(
                f"{where} grows from {before} ({more}) to {after} ({less}): what is refundable "
                "never grows as stages pass. A stage that is not named keeps its default."
            )
    return whole
