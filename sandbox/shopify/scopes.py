"""Whether an app may see a field: by its scopes, and by its approval for protected customer data."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from graphql import GraphQLError, GraphQLResolveInfo, get_named_type

from sandbox.shopify.schemas import access

DOCUMENTATION = "https://shopify.dev/api/usage/access-scopes"


def check_access(info: GraphQLResolveInfo[Any], scopes: Iterable[str], approved: Iterable[str]) -> None:
    """Raises the error Shopify would put in the field's place."""
    held = set(scopes)
    held |= {scope.replace("write_", "read_", 1) for scope in held}
    for spot in (f"{info.parent_type.name}.{info.field_name}", get_named_type(info.return_type).name):
        needs = access().get(spot)
        if needs is None:
            continue
        if needs.protected and needs.protected not in approved:
            raise GraphQLError(f"This app is not approved to use the {info.field_name} field. See …")
        if needs.any_of and not held.intersection(needs.any_of):
            raise _denied(info.field_name, f"`{needs.any_of[0]}` access scope.")


def _denied(field: str, wanted: str) -> GraphQLError:
    return GraphQLError(
        f"Access denied for {field} field. Required access: {wanted}",
        extensions={"code": "ACCESS_DENIED", "documentation": DOCUMENTATION, "requiredAccess": wanted},
    )
