"""Whether every invariant of the design holds, recomputed from raw tables.

Nothing here is shared with what writes: rules are SQL over our tables and over the host's, whose
rows the adapter names (`shop().audit_relations()`), and digests are computed anew.
"""

from saleor_bespoke.audit.asking import RULES, SEALS, Violation, audit, broken, seals_broken

__all__ = ["RULES", "SEALS", "Violation", "audit", "broken", "seals_broken"]
