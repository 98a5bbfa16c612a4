"""Every host document of the journey is valid on each Saleor branch that the package supports."""

import re
from functools import cache
from pathlib import Path

import pytest
from graphql import GraphQLSchema, build_ast_schema, parse, validate
from graphql.language.ast import Field, OperationDefinition
from graphql.language.visitor import TypeInfoVisitor, Visitor, visit
from graphql.utils.type_info import TypeInfo

ALL_DOCUMENTS = Path(__file__).parent / "documents"
HOST_DOCUMENTS = ALL_DOCUMENTS / "host"
SCHEMAS = Path(__file__).resolve().parents[3] / "shared" / "saleor" / "schema"
BRANCHES = ("3.21", "3.22", "3.23", "main")
# Deprecated since 3.23 for `delivery`, which 3.21 and 3.22 do not have.
DEPRECATED_WITHOUT_COMMON_SUCCESSOR = {"deliveryMethod"}
DOCUMENTS = sorted(HOST_DOCUMENTS.glob("*.graphql"))
BESPOKE_DOCUMENTS = sorted((ALL_DOCUMENTS / "bespoke").glob("*.graphql"))
FURNISHING = sorted((ALL_DOCUMENTS.parent / "furnishing").glob("*.graphql"))
EVERY_DOCUMENT = [*DOCUMENTS, *BESPOKE_DOCUMENTS, *FURNISHING]


def in_old_sdl(sdl: str) -> str:
    """The schema as graphql-core 2 reads it: it knows "implements A, B" but not "A & B"."""
    return re.sub(
        r"^(type|interface) (\w+) implements [^{]+",
        lambda match: match.group().replace(" & ", ", "),
        sdl,
        flags=re.MULTILINE,
    )


@cache
def branch_schema(branch: str) -> GraphQLSchema:
    """The public schema of one branch, parsed once; skips where the schemas are not at hand."""
    path = SCHEMAS / f"{branch}.graphql"
    if not path.exists():
        pytest.skip("Saleor's public schemas are not at ../shared/saleor/schema")
    return build_ast_schema(parse(in_old_sdl(path.read_text())))


def test_the_journey_has_host_documents() -> None:
    assert len(DOCUMENTS) >= 15


@pytest.mark.parametrize("document", EVERY_DOCUMENT, ids=lambda path: path.stem)
def test_a_document_is_one_operation_named_as_its_file(document: Path) -> None:
    definitions = parse(document.read_text()).definitions

    assert len(definitions) == 1
    assert isinstance(definitions[0], OperationDefinition)
    assert definitions[0].name.value == document.stem


@pytest.mark.parametrize("branch", BRANCHES)
@pytest.mark.parametrize("document", [*DOCUMENTS, *FURNISHING], ids=lambda path: path.stem)
def test_a_document_is_valid_on_the_branch(document: Path, branch: str) -> None:
    errors = validate(branch_schema(branch), parse(document.read_text()))

    assert [error.message for error in errors] == []


class DeprecatedFields(Visitor):
    """Collects the names of the fields that a document selects although the schema warns."""

    def __init__(self, type_info: TypeInfo) -> None:
        self.type_info = type_info
        self.names: set[str] = set()

    def enter_Field(self, node: Field, *_position: object) -> None:
        definition = self.type_info.get_field_def()
        if definition is not None and definition.deprecation_reason:
            self.names.add(node.name.value)


def deprecated_fields(schema: GraphQLSchema, text: str) -> set[str]:
    """The deprecated fields that this document selects."""
    type_info = TypeInfo(schema)
    collector = DeprecatedFields(type_info)
    visit(parse(text), TypeInfoVisitor(type_info, collector))
    return collector.names


@pytest.mark.parametrize("branch", BRANCHES)
@pytest.mark.parametrize("document", [*DOCUMENTS, *FURNISHING], ids=lambda path: path.stem)
def test_a_document_selects_nothing_that_has_a_successor(document: Path, branch: str) -> None:
    deprecated = deprecated_fields(branch_schema(branch), document.read_text())

    assert deprecated <= DEPRECATED_WITHOUT_COMMON_SUCCESSOR


def test_a_deprecated_field_is_noticed() -> None:
    text = "query checkout($id: ID!) { checkout(id: $id) { lastChange } }"

    assert deprecated_fields(branch_schema("3.23"), text) == {"lastChange"}


@pytest.mark.parametrize("branch", BRANCHES)
def test_the_validation_notices_a_field_that_the_branch_lacks(branch: str) -> None:
    document = parse("query me { me { id bespokeNonsense } }")

    errors = validate(branch_schema(branch), document)

    assert [error.message for error in errors] == [
        'Cannot query field "bespokeNonsense" on type "User".'
    ]


# The product's own documents ----------------------------------------------------------------------


def embedded_schema() -> GraphQLSchema:
    """The schema of the shop that the demo starts."""
    from saleor_bespoke.plugins.embedded.schema import schema

    return schema


def roots_of(text: str) -> set[str]:
    """The operations that a document asks for."""
    (definition,) = parse(text).definitions
    return {field.name.value for field in definition.selection_set.selections}


@pytest.mark.parametrize("document", [*DOCUMENTS, *BESPOKE_DOCUMENTS], ids=lambda path: path.stem)
def test_a_document_is_valid_on_the_embedded_shop(document: Path) -> None:
    errors = validate(embedded_schema(), parse(document.read_text()))

    assert [error.message for error in errors] == []


def test_every_operation_of_the_product_is_in_some_document() -> None:
    schema = embedded_schema()
    roots = (schema.get_query_type(), schema.get_mutation_type())
    offered = {name for root in roots for name in root.fields if name.startswith("bespoke")}
    asked = set().union(*(roots_of(path.read_text()) for path in BESPOKE_DOCUMENTS))

    assert offered - asked == set()
    assert {name for name in asked if name.startswith("bespoke")} == asked


def test_every_document_is_played() -> None:
    """A document that no chapter sends shows nothing and proves nothing."""
    texts = [path.read_text() for path in (ALL_DOCUMENTS.parent).rglob("*.py")]
    played = "\n".join(text for text in texts if "def test_" not in text)

    unused = [path.stem for path in EVERY_DOCUMENT if f'"{path.stem}"' not in played]
    assert unused == []
