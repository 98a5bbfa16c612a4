"""Our part of Saleor's one schema: complete, costed, told by introspection and federation."""

from __future__ import annotations

import io
import os
import re
import subprocess
import sys
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
import saleor
import saleor.settings
from django.core.cache import cache
from django.core.management import call_command
from graphql import parse
from saleor.graphql.api import schema
from saleor.graphql.core.validators import validate_query
from saleor.graphql.core.validators.query_cost import validate_cost_map
from saleor.graphql.query_cost_map import COST_MAP

from saleor_bespoke.graphql.sdl import product_sdl
from saleor_bespoke.plugins.saleor.introspection import SUFFIX
from tests.hosts.saleor import ask

ROOT = Path(__file__).parents[2]
TYPES = schema.get_type_map()
DOCUMENTS = sorted((ROOT / "tests/journey/documents/bespoke").glob("*.graphql"))
ROOTS = {"Query": TYPES["Query"], "Mutation": TYPES["Mutation"]}


def cost(query: str, **variables: Any) -> int:
    """What Saleor counts for a query."""
    counted, _ = validate_query(
        schema=schema, document_ast=parse(query), variables=variables, cost_map=COST_MAP
    )
    return int(counted)


def test_our_part_is_the_committed_one() -> None:
    """Both hosts speak `schema.graphql`, on every branch."""
    assert product_sdl(schema) == (ROOT / "schema.graphql").read_text(encoding="utf-8")


def test_all_that_is_ours_carries_our_prefix() -> None:
    """No name of ours can meet one of Saleor's, of today or of tomorrow."""
    ours = {
        name
        for name, kind in TYPES.items()
        if getattr(kind, "graphene_type", None) is not None
        and kind.graphene_type.__module__.startswith("saleor_bespoke.")
    }
    assert len(ours) > 100
    assert {name for name in ours if not name.startswith("Bespoke")} == set()
    fields = {
        f"{kind.name}.{name}"
        for kind in TYPES.values()
        for name in getattr(kind, "fields", None) or ()
        if name.startswith("bespoke") and not kind.name.startswith("Bespoke")
    }
    beside = {name for name in fields if name.split(".")[0] not in ROOTS}
    assert beside == {"Order.bespokeProject", "Checkout.bespokeProject"}


# costs ------------------------------------------------------------------------------------------


def test_no_cost_stands_for_a_field_that_is_not_there() -> None:
    """One such entry fails the validation of every query of the shop."""
    validate_cost_map(COST_MAP, schema)
    assert set(COST_MAP["Order"]) & set(COST_MAP["Checkout"]) >= {"bespokeProject"}


@pytest.mark.parametrize("root", ROOTS)
def test_every_operation_costs_something(root: str) -> None:
    ours = {name for name in ROOTS[root].fields if name.startswith("bespoke")}
    assert ours
    assert ours - set(COST_MAP[root]) == set()


def test_every_page_and_every_row_leading_on_costs_something() -> None:
    for name, kind in TYPES.items():
        if not name.startswith("Bespoke") or name.endswith(("Connection", "Edge")):
            continue
        for field, definition in (getattr(kind, "fields", None) or {}).items():
            if field == "errors":
                continue
            leads = re.sub(r"[^\w]", "", str(definition.type))
            if leads.startswith("Bespoke") and hasattr(TYPES[leads], "interfaces"):
                assert field in COST_MAP[name], f"{name}.{field}"


def test_a_page_costs_its_length_and_so_do_its_rows_parts() -> None:
    page = "query($n: Int) { bespokeProjects(first: $n) { edges { node { number } } } }"
    parts = page.replace("number", "quotes { id }")
    assert cost(page, n=10) == 10
    assert cost(page, n=100) == 100
    assert cost(parts, n=100) - 100 == 10 * (cost(parts, n=10) - 10) > 0
    assert cost(page.replace("first", "last"), n=7) == 7


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.stem)
def test_every_document_of_the_journey_is_affordable(path: Path) -> None:
    """With the longest page, and with room for a storefront that asks ten times as much."""
    assert 0 <= cost(path.read_text(), first=100) * 10 <= 50_000


def test_what_costs_too_much_is_refused_before_it_runs() -> None:
    pages = " ".join(
        f"p{n}: bespokeProjects(first: 100) {{ edges {{ node {{ quotes {{ id }} }} }} }}"
        for n in range(99)
    )
    answer = ask(f"{{ {pages} }}", {})
    assert "data" not in answer
    (error,) = answer["errors"]
    assert error["extensions"]["exception"]["code"] == "QueryCostError"
    assert error["extensions"]["cost"]["requestedQueryCost"] > 50_000


# what is told of the schema ---------------------------------------------------------------------


@pytest.mark.django_db
def test_introspection_tells_of_us_after_a_time_without_us() -> None:
    """Saleor keeps answers about its schema for ever under their text alone."""
    query = "{ __schema { types { name fields { name } } } }"
    cache.set(f"{saleor.__version__}-{sha256(query.encode()).hexdigest()}", "an old answer")
    for _ in "twice, the second time from the cache":
        told = ask(query, {})["data"]["__schema"]["types"]
        fields = {kind["name"]: {field["name"] for field in kind["fields"] or ()} for kind in told}
        assert "bespokeProject" in fields["Query"]
        assert "bespokeProject" in fields["Order"]
        assert "BespokeProject" in fields


def test_the_shops_own_suffix_is_kept_and_ours_is_the_schemas() -> None:
    from django.conf import settings

    assert re.fullmatch(r"(.+-)?bespoke-[0-9a-f]{16}", getattr(settings, SUFFIX))


@pytest.mark.django_db
def test_federation_serves_our_types_and_fields() -> None:
    sdl = ask("{ _service { sdl } }", {})["data"]["_service"]["sdl"]
    assert "type BespokeProject implements Node" in sdl
    order = re.search(r'type Order implements [^{]*@key\(fields: "id"\) \{.*?\n\}', sdl, re.DOTALL)
    assert order
    assert "bespokeProject(" in order[0]
    assert {kind.name for kind in TYPES["_Entity"].types} >= {"Order", "User", "PageType"}


@pytest.mark.django_db
def test_saleors_own_command_prints_us() -> None:
    out = io.StringIO()
    call_command("get_graphql_schema", stdout=out)
    text = out.getvalue()
    assert "type BespokeProject implements Node" in text
    assert "bespokeProjectCreate(" in text


# how it came there ------------------------------------------------------------------------------


def start(code: str, **environment: str) -> str:
    """Run Python in a fresh process of this shop; what it prints last."""
    run = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=False,
        timeout=240,
        cwd=ROOT,
        env={**os.environ, "DJANGO_SETTINGS_MODULE": "tests.saleor.settings", **environment},
    )
    assert run.returncode == 0, run.stderr[-3000:]
    return run.stdout.strip().splitlines()[-1]


COUNTED = """
import sys, django
from django.apps import apps
import graphene
built = []
build = graphene.Schema.build_typemap
def counted(self):
    built.append(self)
    build(self)
graphene.Schema.build_typemap = counted
{before}
django.setup()
early = "saleor.graphql.api" in sys.modules
import saleor.urls
from saleor.graphql.api import schema
from saleor.graphql.core.validators.query_cost import validate_cost_map
from saleor.graphql.query_cost_map import COST_MAP
validate_cost_map(COST_MAP, schema)
from saleor_bespoke.graphql.sdl import product_sdl
from pathlib import Path
same = product_sdl(schema) == Path("schema.graphql").read_text()
entities = len(schema.get_type("_Entity").types)
sdl = schema.execute("{{ _service {{ sdl }} }}").data["_service"]["sdl"]
told = "bespokeProjectCreate" in sdl
print(early, len(built), same, entities, told, sdl.count("bespokeProject("))
"""


def test_the_schema_is_built_once() -> None:
    """Saleor builds one schema, and one more for the text it serves to a federation."""
    early, built, same, entities, told, fields = start(COUNTED.format(before="")).split()
    assert (early, built, same, told) == ("False", "2", "True", "True")
    assert (int(entities), int(fields)) == (len(TYPES["_Entity"].types), 3)


def test_where_another_app_built_it_first_it_is_built_anew() -> None:
    """An app before us that imports Saleor's schema when it is ready gets the whole one, too."""
    before = """
from saleor.plugins.apps import PluginConfig
ready = PluginConfig.ready
def early(self):
    ready(self)
    import saleor.graphql.api
PluginConfig.ready = early
"""
    early, built, same, entities, told, fields = start(COUNTED.format(before=before)).split()
    assert (early, built, same, told) == ("True", "4", "True", "True")
    assert (int(entities), int(fields)) == (len(TYPES["_Entity"].types), 3)


def test_another_schema_of_ours_gets_another_key() -> None:
    """Two releases of the product that differ in one field do not read each other's answers."""
    code = """
import django
{change}
django.setup()
from django.conf import settings
print(settings.GRAPHQL_CACHE_SUFFIX)
"""
    change = """
from saleor.plugins.apps import PluginConfig
ready = PluginConfig.ready
def other(self):
    ready(self)
    import graphene
    from saleor_bespoke.graphql.project import BespokeProject
    BespokeProject._meta.fields["another"] = graphene.Field(graphene.String)
PluginConfig.ready = other
"""
    mine = {"GRAPHQL_CACHE_SUFFIX": "my-shop"}
    plain, other = start(code.format(change="")), start(code.format(change=change), **mine)
    assert plain.startswith("bespoke-")
    assert plain not in other
    if hasattr(saleor.settings, SUFFIX):
        assert other.startswith("my-shop-bespoke-")
