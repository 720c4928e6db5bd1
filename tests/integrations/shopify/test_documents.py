"""Every GraphQL document is one that Shopify takes, and says truly what it needs."""

from __future__ import annotations

import json
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest
from graphql import (
    GraphQLSchema,
    NoDeprecatedCustomRule,
    OperationDefinitionNode,
    build_schema,
    parse,
    specified_rules,
    validate,
)
from graphql.execution.values import get_variable_values

from integrations.shopify.documents import document, lacking_scopes, names
from sandbox.shopify.cost import MOST_OF_ONE_QUERY, highest_cost
from tests.integrations.shopify import trim

BASIC: dict[str, Any] = {
    "title": "Regulars r7 · 5.00 off",
    "code": "REG-7Q4M",
    "startsAt": "2026-11-20T10:00:00+00:00",
    "endsAt": None,
    "usageLimit": 1,
    "context": {"customers": {"add": ["gid://shopify/Customer/7"]}},
    "combinesWith": {"orderDiscounts": False, "productDiscounts": True, "shippingDiscounts": True},
    "minimumRequirement": {"subtotal": {"greaterThanOrEqualToSubtotal": "20.00"}},
}
VARIABLES: dict[str, dict[str, Any]] = {
    "bulk_orders": {},
    "bulk_start": {"query": "query { orders { edges { node { id } } } }"},
    "bulk_status": {"id": "gid://shopify/BulkOperation/1"},
    "code_basic_create": {
        "discount": {
            **BASIC,
            "customerGets": {
                "value": {"discountAmount": {"amount": "5.00", "appliesOnEachItem": False}},
                "items": {"products": {"productsToAdd": ["gid://shopify/Product/7001"]}},
            },
        }
    },
    "code_basic_update": {
        "id": "gid://shopify/DiscountCodeNode/1",
        "discount": {
            "title": "Regulars r7 · 6.00 off",
            "minimumRequirement": {"subtotal": {"greaterThanOrEqualToSubtotal": None}},
            "customerGets": {
                "value": {"discountAmount": {"amount": "6.00", "appliesOnEachItem": False}},
                "items": {
                    "products": {
                        "productsToAdd": ["gid://shopify/Product/7001"],
                        "productsToRemove": ["gid://shopify/Product/7002"],
                    }
                },
            },
        },
    },
    "code_by_name": {"code": "REG-7Q4M"},
    "code_deactivate": {"id": "gid://shopify/DiscountCodeNode/1"},
    "code_free_shipping_create": {"discount": {**BASIC, "destination": {"all": True}}},
    "code_free_shipping_update": {
        "id": "gid://shopify/DiscountCodeNode/1",
        "discount": {"endsAt": None, "combinesWith": {"orderDiscounts": True}},
    },
    "code_status": {"id": "gid://shopify/DiscountNode/1"},
    "codes": {"query": "method:code", "after": None},
    "order": {"id": "gid://shopify/Order/1", "after": "eyJ", "withEmail": True, "withName": True},
    "orders": {"query": "updated_at:>='2026-10-01T00:00:00+00:00'", "after": None},
    "orders_with_code": {"query": "discount_code:'REG-7Q4M'"},
    "refund": {"id": "gid://shopify/Refund/1", "after": None},
    "shop": {},
    "vanished": {"id": "gid://shopify/Order/1", "recent": "created_at:>='2026-10-01T00:00:00+00:00'"},
}


@cache
def trimmed(version: str) -> GraphQLSchema:
    return build_schema((trim.HERE / f"admin_{version}.graphql").read_text("utf-8"))


def mistakes(schema: GraphQLSchema, name: str, text: str) -> list[str]:
    """What is wrong with a document and its variables, deprecated fields among it."""
    parsed = parse(text)
    found = [error.message for error in validate(schema, parsed, [*specified_rules, NoDeprecatedCustomRule])]
    operation = parsed.definitions[0]
    assert isinstance(operation, OperationDefinitionNode)
    values = get_variable_values(schema, operation.variable_definitions or (), VARIABLES[name])
    if isinstance(values, list):
        found += [error.message for error in values]
    return found


@pytest.mark.parametrize("version", trim.VERSIONS)
@pytest.mark.parametrize("name", names())
def test_every_document_with_its_variables_is_valid(name: str, version: str) -> None:
    assert mistakes(trimmed(version), name, document(name).text) == []


@pytest.mark.parametrize("version", trim.VERSIONS)
def test_the_same_goes_for_the_schema_as_published_and_the_trimmed_copy_is_a_part_of_it(
    shared: Path, version: str
) -> None:
    folder = shared / "platforms" / "shopify" / "schema"
    _, schema = trim.read_schema(folder, version)
    assert [mistakes(schema, name, document(name).text) for name in names()] == [[] for _ in names()]
    written = trim.written_files(folder, version)
    assert {name: (trim.HERE / name).read_text("utf-8") for name in written} == written


@pytest.mark.parametrize(
    ("right", "wrong"),
    [
        ("updatedAt", "updated_at"),
        ("displayFinancialStatus", "financialStatus"),
        ("lineItems(first: 40, after: $after)", "lineItems(first: $after)"),
        ("$id: ID!", "$id: Int!"),
        ("$withEmail: Boolean!", "$withEmail: String!"),
    ],
)
def test_a_wrong_document_is_found_out(right: str, wrong: str) -> None:
    text = document("order").text
    assert right in text
    assert mistakes(trimmed("2026-10"), "order", text.replace(right, wrong))


def test_a_missing_variable_is_found_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(VARIABLES["order"], "id")
    assert mistakes(trimmed("2026-10"), "order", document("order").text)


def test_every_document_lies_in_a_file_and_is_listed() -> None:
    folder = files("integrations.shopify.documents")
    in_files = {entry.name for entry in folder.iterdir() if entry.name.endswith(".graphql")}
    assert in_files == {f"{name}.graphql" for name in names()} == {f"{name}.graphql" for name in VARIABLES}


@pytest.mark.parametrize("name", names())
def test_the_cost_of_a_document_is_the_most_it_can_be_and_shopify_takes_it(name: str) -> None:
    cost = highest_cost(trimmed("2026-10"), parse(document(name).text))
    assert document(name).cost == cost <= MOST_OF_ONE_QUERY


@pytest.mark.parametrize("name", names())
def test_a_document_names_every_scope_and_protected_field_it_needs(name: str) -> None:
    access = json.loads((trim.HERE / "access.json").read_text("utf-8"))
    reached = trim.reached_by(trimmed("2026-10"), [parse(document(name).text)])
    spots = {*reached, *(f"{kind}.{field}" for kind, fields in reached.items() for field in fields)}
    needs = [access[spot] for spot in spots if spot in access]

    scopes = [set(need["any_of"]) for need in needs if need["any_of"]]
    assert all(opening & document(name).scopes for opening in scopes)
    assert document(name).scopes <= set().union(*scopes)
    assert document(name).protected == {need["protected"] for need in needs if need["protected"]}


def test_what_an_app_still_has_to_be_granted() -> None:
    discounts = {"read_discounts", "write_discounts"}
    assert set(lacking_scopes(frozenset())) == {"read_customers", "read_orders", "read_products", *discounts}
    assert lacking_scopes(frozenset({"write_customers", "read_orders", *discounts})) == ("read_products",)
    granted = {"read_customers", "read_orders", "read_products", "write_discounts"}
    assert lacking_scopes(frozenset(granted)) == ()
