"""What a rule is, and the pieces of SQL that several rules speak with."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from babel.core import get_global

P = "saleor_bespoke_"


@dataclass(frozen=True)
class Rule:
    """A sentence that must be true, with the query that answers the rows for which it is not.

    The query's first column is `project`, the commission's id or null; the others name the rows.
    `invariant` is the number in DESIGN.md that it belongs to. A rule must hold at any moment of a
    shop that is open: what takes a while has its patience in the query.
    """

    name: str
    invariant: int
    sql: str


@dataclass(frozen=True)
class Seal:
    """A digest that was written once, and what it must be the digest of.

    The query answers `project`, `key`, `stored` and `content`: a JSON value whose one canonical
    text (sorted keys, no spaces, letters as they are) has this SHA-256.
    """

    name: str
    invariant: int
    sql: str


#: The moment that is judged; far in the past where no patience is to run out.
NOW = "(SELECT now FROM asked)"

#: How long money may stand unaccounted for, and how long an effect may be overdue: the worker
#: looks every few seconds, and at the latest after half a minute.
PATIENCE = "interval '60 seconds'"
#: How long what only the slow sweeps find may take.
SWEEP_PATIENCE = "interval '180 seconds'"

#: Stages of work that has begun, and of a piece that is made or was.
STARTED = "('DESIGN', 'PRODUCTION', 'QUALITY', 'SHIPPING', 'AFTERCARE', 'CLOSED')"
MADE = "('PRODUCTION', 'QUALITY', 'SHIPPING', 'AFTERCARE', 'CLOSED')"

#: The stages as a piece reaches them, one after the other.
WAY = """ARRAY['INTAKE', 'QUOTED', 'CHECKOUT', 'DESIGN', 'PRODUCTION', 'QUALITY', 'SHIPPING',
    'AFTERCARE', 'CLOSED']"""

#: The commission `c` makes a piece anew that an accepted claim owes.
OWED = f"""EXISTS (SELECT 1 FROM {P}claim k
    WHERE k.redo_project_id = c.id AND k.status = 'ACCEPTED' AND k.remedy = 'REDO')"""


def erased(project: str) -> str:
    """The timeline says that this commission's customer was erased: hashes of texts say nothing."""
    return f"""EXISTS (SELECT 1 FROM {P}timelineevent g
        WHERE g.project_id = {project} AND g.kind = 'PersonalDataErased')"""


def flagged(project: str, *reasons: str) -> str:
    """Staff were told for one of these reasons and are still to act, or said that they did."""
    names = ", ".join(f"'{reason}'" for reason in reasons)
    return f"""EXISTS (SELECT 1 FROM {P}attention n WHERE n.project_id = {project}
        AND n.reason IN ({names}) AND (n.resolved_at IS NULL OR n.resolved_by <> 'system'))"""


def moment(column: str) -> str:
    """A time as it stands in what was hashed: ISO 8601 in UTC, fractions only where there are."""
    utc = f"{column} AT TIME ZONE 'UTC'"
    return f"""(to_char({utc}, 'YYYY-MM-DD"T"HH24:MI:SS')
        || CASE WHEN {utc} = date_trunc('second', {utc}) THEN '' ELSE to_char({utc}, '.US') END
        || '+00:00')"""


#: Currencies that the payment provider counts in whole units, and in thousandths.
WHOLE = [
    "BIF", "CLP", "DJF", "GNF", "JPY", "KMF", "KRW", "MGA", "PYG", "RWF", "VND", "VUV", "XAF",
    "XOF", "XPF",
]  # fmt: skip
THOUSANDTHS = ["BHD", "JOD", "KWD", "OMR", "TND"]
#: Whole too since 2023, but counted with two zeros behind.
WITH_ZEROS = ["ISK", "UGX"]


def _listed(currencies: Iterable[str]) -> str:
    return ", ".join(f"'{code}'" for code in sorted(currencies))


def places(currency: str) -> str:
    """How many decimals a currency's sums have where they are hashed."""
    return f"""(CASE WHEN {currency} IN ({_listed(WHOLE)}) THEN 0
        WHEN {currency} IN ({_listed(THOUSANDTHS)}) THEN 3 ELSE 2 END)"""


def payable_places(currency: str) -> str:
    """How many decimals a sum has that both the host and the provider can count."""
    digits = get_global("currency_fractions").items()
    none = {code for code, (decimals, *_) in digits if decimals == 0 and code != "DEFAULT"}
    return f"""(CASE WHEN {currency} IN ({_listed({*none, *WHOLE, *WITH_ZEROS})}) THEN 0
        ELSE 2 END)"""


def minor(amount: str, currency: str) -> str:
    """A sum in whole minor units."""
    return f"(({amount}) * 10 ^ {places(currency)})::bigint"
