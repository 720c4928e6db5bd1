"""Trims Shopify's published schemas to what our documents reach.

    python -m tests.integrations.shopify.trim ../shared/platforms/shopify/schema

Writes `schema/admin_<version>.graphql` beside this file, and `schema/access.json`: who may read what of it.
"""

from __future__ import annotations

import gzip
import json
import sys
from collections import defaultdict
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import Any

from graphql import (
    DefinitionNode,
    DocumentNode,
    EnumTypeDefinitionNode,
    FieldDefinitionNode,
    FieldNode,
    GraphQLSchema,
    ObjectTypeDefinitionNode,
    ScalarTypeDefinitionNode,
    TypeInfo,
    TypeInfoVisitor,
    Visitor,
    build_ast_schema,
    get_named_type,
    parse,
    print_ast,
    visit,
)

from integrations.shopify.documents import document, names

VERSIONS = ("2026-07", "2026-10")
HERE = Path(__file__).parent / "schema"
ORIGIN = (
    "# Shopify Admin GraphQL API {version}, the types and fields our documents reach: names and types only.\n"
    "# From npm @shopify/dev-mcp 1.16.0, Copyright 2025-present, Shopify Inc., under the ISC license.\n"
    "# Written by tests/integrations/shopify/trim.py.\n\n"
)

_Reached = dict[str, dict[str, set[str]]]
"""Type ▸ field ▸ arguments."""


class _Reach(Visitor):
    """Notes every field and argument a document uses."""

    def __init__(self, types: TypeInfo, reached: _Reached) -> None:
        super().__init__()
        self._types = types
        self._reached = reached

    def enter_field(self, node: FieldNode, *_: object) -> None:
        parent = self._types.get_parent_type()
        assert parent is not None, f"no such field: {node.name.value}"
        arguments = {argument.name.value for argument in node.arguments or ()}
        self._reached[parent.name].setdefault(node.name.value, set()).update(arguments)


def reached_by(schema: GraphQLSchema, documents: Iterable[DocumentNode]) -> _Reached:
    """What documents use of a schema."""
    reached: _Reached = defaultdict(dict)
    for one in documents:
        types = TypeInfo(schema)
        visit(one, TypeInfoVisitor(types, _Reach(types, reached)))
    return reached


def _all_documents() -> Iterable[DocumentNode]:
    return (parse(document(name).text) for name in names())


def trimmed(full: DocumentNode, schema: GraphQLSchema, version: str) -> str:
    """The text of a schema with nothing but what our documents reach."""
    reached = reached_by(schema, _all_documents())
    definitions: list[DefinitionNode] = [
        _trimmed_type(node, reached[node.name.value])
        for node in full.definitions
        if isinstance(node, ObjectTypeDefinitionNode) and node.name.value in reached
    ]
    plain = _plain_types(schema, reached)
    definitions += [
        node
        for node in full.definitions
        if isinstance(node, (EnumTypeDefinitionNode, ScalarTypeDefinitionNode)) and node.name.value in plain
    ]
    texts = ["schema {\n  query: QueryRoot\n}", *map(print_ast, definitions)]
    return ORIGIN.format(version=version) + "\n\n".join(texts) + "\n"


def _trimmed_type(node: ObjectTypeDefinitionNode, fields: dict[str, set[str]]) -> ObjectTypeDefinitionNode:
    kept = tuple(
        _trimmed_field(field, fields[field.name.value])
        for field in node.fields or ()
        if field.name.value in fields
    )
    return ObjectTypeDefinitionNode(name=node.name, fields=kept, interfaces=(), directives=())


def _trimmed_field(field: FieldDefinitionNode, arguments: set[str]) -> FieldDefinitionNode:
    kept = tuple(argument for argument in field.arguments or () if argument.name.value in arguments)
    return FieldDefinitionNode(name=field.name, arguments=kept, type=field.type, directives=field.directives)


def _plain_types(schema: GraphQLSchema, reached: _Reached) -> set[str]:
    """Scalars and enums of the fields and arguments reached."""
    found = set()
    for type_name, fields in reached.items():
        known = schema.type_map[type_name].fields  # type: ignore[attr-defined]
        for name, arguments in fields.items():
            field = known[name]
            found.add(get_named_type(field.type).name)
            found.update(get_named_type(field.args[argument].type).name for argument in arguments)
    return found


def trimmed_access(full: dict[str, Any], reached: _Reached) -> dict[str, Any]:
    """By type or `Type.field` reached: scopes any of which opens it, and the protected field it is."""
    spots = sorted({*reached, *(f"{name}.{field}" for name, fields in reached.items() for field in fields)})
    needs = {}
    for spot in spots:
        scopes = full["offline_scopes"].get(spot, [])
        protected = full["required_access"].get(spot, {}).get("protected")
        if scopes or protected:
            needs[spot] = {"any_of": scopes, "protected": protected}
    return needs


@cache
def read_schema(folder: Path, version: str) -> tuple[DocumentNode, GraphQLSchema]:
    """A published schema, as text taken apart and as a schema."""
    packed = folder / f"admin_{version}.nodesc.graphql.gz"
    full = parse(gzip.decompress(packed.read_bytes()).decode(), no_location=True)
    # assume_valid: Shopify deprecates fields whose interface keeps them, which the library calls a mistake.
    return full, build_ast_schema(full, assume_valid=True)


def read_access(folder: Path) -> dict[str, Any]:
    """The published list of who may read what."""
    packed = folder / f"admin_{VERSIONS[-1]}.access.json.gz"
    access: dict[str, Any] = json.loads(gzip.decompress(packed.read_bytes()))
    return access


def written_files(folder: Path, version: str) -> dict[str, str]:
    """The files of the trimmed copy by name, made from the published schema of one version in `folder`."""
    full, schema = read_schema(folder, version)
    files = {f"admin_{version}.graphql": trimmed(full, schema, version)}
    if version == VERSIONS[-1]:
        access = trimmed_access(read_access(folder), reached_by(schema, _all_documents()))
        files["access.json"] = json.dumps(access, indent=2) + "\n"
    return files


def main() -> None:
    """Write the trimmed copy."""
    HERE.mkdir(exist_ok=True)
    for version in VERSIONS:
        for name, text in written_files(Path(sys.argv[1]), version).items():
            (HERE / name).write_text(text, "utf-8")


if __name__ == "__main__":
    main()
