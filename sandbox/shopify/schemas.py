"""The part of Shopify's published schema that this product's documents reach, and who may read what of it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Final

from graphql import DocumentNode, GraphQLError, GraphQLSchema, build_schema, parse, validate

API_VERSION: Final = "2026-10"


@dataclass(frozen=True)
class Access:
    """What a type or field wants of an app."""

    any_of: tuple[str, ...]
    """Scopes any of which opens it."""
    protected: str | None
    """The protected customer field it is."""


@cache
def schema() -> GraphQLSchema:
    """The Admin API's, cut down."""
    return build_schema(_text(f"admin_{API_VERSION}.graphql"))


@cache
def access() -> Mapping[str, Access]:
    """By `Type` or `Type.field`."""
    told = json.loads(_text("access.json"))
    return {spot: Access(tuple(needs["any_of"]), needs["protected"]) for spot, needs in told.items()}


@cache
def read_document(query: str) -> tuple[DocumentNode | None, tuple[GraphQLError, ...]]:
    """A document taken apart, and its mistakes; None when it is no GraphQL."""
    try:
        document = parse(query)
    except GraphQLError as mistake:
        return None, (mistake,)
    return document, tuple(validate(schema(), document))


def _text(name: str) -> str:
    return files("sandbox.shopify").joinpath("schema", name).read_text("utf-8")
