"""Trims Shopify's published schemas to what our documents reach.

    python -m tests.integrations.shopify.trim ../shared/platforms/shopify/schema

Writes `admin_<version>.graphql` into the stand-in's folder, and `access.json`: who may read what of it.
Types that documents read are cut down to the fields they read; inputs stay whole, for a stand-in must refuse
what Shopify would.
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
    GraphQLInputObjectType,
    GraphQLNamedType,
    GraphQLSchema,
    GraphQLUnionType,
    InputObjectTypeDefinitionNode,
    ObjectTypeDefinitionNode,
    ScalarTypeDefinitionNode,
    TypeInfo,
    TypeInfoVisitor,
    UnionTypeDefinitionNode,
    Visitor,
    build_ast_schema,
    get_named_type,
    parse,
    print_ast,
    visit,
)

from integrations.shopify.documents import document, names

VERSIONS = ("2026-07", "2026-10")
HERE = Path(__file__).parents[3] / "sandbox" / "shopify" / "schema"
ORIGIN = (
    "# Shopify Admin GraphQL API {version}, the types and fields our documents reach: names and types only.\n"
    "# From npm @shopify/dev-mcp 1.16.0, Copyright 2025-present, Shopify Inc., under the ISC license.\n"
    "# Written by tests/integrations/shopify/trim.py.\n\n"
)

_PLAIN = ("Boolean", "Float", "ID", "Int", "String", "DiscountBuyerSelection", "UnsignedInt64")
"""Of such a type is the one field kept of what is only a member of a union."""

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
    whole = _whole_types(schema, reached)
    whole |= _other_members(schema, whole)
    definitions = [kept for node in full.definitions if (kept := _trimmed_type(node, reached, whole))]
    texts = ["schema {\n  query: QueryRoot\n  mutation: Mutation\n}", *map(print_ast, definitions)]
    return ORIGIN.format(version=version) + "\n\n".join(texts) + "\n"


def _trimmed_type(node: DefinitionNode, reached: _Reached, whole: set[str]) -> DefinitionNode | None:
    match node:
        case ObjectTypeDefinitionNode() if node.name.value in reached:
            return _trimmed_object(node, reached[node.name.value])
        case ObjectTypeDefinitionNode() if node.name.value in whole:
            return _trimmed_object(node, {str(_plain_field(node)): set()})
        case UnionTypeDefinitionNode() if node.name.value in whole:
            kept = tuple(member for member in node.types or () if member.name.value in {*reached, *whole})
            return UnionTypeDefinitionNode(name=node.name, types=kept, directives=())
        case EnumTypeDefinitionNode() | ScalarTypeDefinitionNode() | InputObjectTypeDefinitionNode():
            return node if node.name.value in whole else None
        case _:
            return None


def _plain_field(node: ObjectTypeDefinitionNode) -> str | None:
    """The first field of a plain type."""
    fields = (field for field in node.fields or () if print_ast(field.type).rstrip("!") in _PLAIN)
    return next((field.name.value for field in fields), None)


def _trimmed_object(node: ObjectTypeDefinitionNode, fields: dict[str, set[str]]) -> ObjectTypeDefinitionNode:
    kept = tuple(
        _trimmed_field(field, fields[field.name.value])
        for field in node.fields or ()
        if field.name.value in fields
    )
    return ObjectTypeDefinitionNode(name=node.name, fields=kept, interfaces=(), directives=())


def _trimmed_field(field: FieldDefinitionNode, arguments: set[str]) -> FieldDefinitionNode:
    kept = tuple(argument for argument in field.arguments or () if argument.name.value in arguments)
    return FieldDefinitionNode(name=field.name, arguments=kept, type=field.type, directives=field.directives)


def _whole_types(schema: GraphQLSchema, reached: _Reached) -> set[str]:
    """Scalars, enums, unions and inputs of the fields and arguments reached, and what inputs are made of."""
    found: set[str] = set()
    for type_name, fields in reached.items():
        known = schema.type_map[type_name].fields  # type: ignore[attr-defined]
        for name, arguments in fields.items():
            found.add(get_named_type(known[name].type).name)
            for argument in arguments:
                _add_input(get_named_type(known[name].args[argument].type), found)
    return found


def _other_members(schema: GraphQLSchema, whole: set[str]) -> set[str]:
    """What else the unions may hold, as far as it says anything in plain words."""
    members = {
        member
        for name in whole
        if isinstance(union := schema.type_map[name], GraphQLUnionType)
        for member in union.types
    }
    return {member.name for member in members if member.ast_node and _plain_field(member.ast_node)}


def _add_input(type_: GraphQLNamedType, found: set[str]) -> None:
    if type_.name in found:
        return
    found.add(type_.name)
    if isinstance(type_, GraphQLInputObjectType):
        for field in type_.fields.values():
            _add_input(get_named_type(field.type), found)


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
    for version in VERSIONS:
        for name, text in written_files(Path(sys.argv[1]), version).items():
            (HERE / name).write_text(text, "utf-8")


if __name__ == "__main__":
    main()
