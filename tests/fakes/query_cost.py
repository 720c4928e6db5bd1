"""What a GraphQL document may cost at Shopify, reckoned from above.

Shopify publishes: a scalar 0, an object 1, a connection by its `first`. How much a connection costs of
itself, and which objects are free, it does not say, so everything counts in full here.
"""

from __future__ import annotations

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentSpreadNode,
    GraphQLObjectType,
    GraphQLSchema,
    InlineFragmentNode,
    IntValueNode,
    OperationDefinitionNode,
    SelectionSetNode,
    get_named_type,
)

CONNECTION = 2
MOST_OF_ONE_QUERY = 1000


def highest_cost(schema: GraphQLSchema, document: DocumentNode) -> int:
    """The most points the document's only operation can cost before it runs."""
    operations = [node for node in document.definitions if isinstance(node, OperationDefinitionNode)]
    (operation,) = operations
    root = schema.get_root_type(operation.operation)
    assert root is not None
    return _cost(root, operation.selection_set)


def _cost(parent: GraphQLObjectType, selected: SelectionSetNode, nodes: int = 1) -> int:
    """Of everything selected; `nodes`: how many of them a connection may return."""
    total = 0
    for field in selected.selections:
        if isinstance(field, (FragmentSpreadNode, InlineFragmentNode)):
            raise NotImplementedError("no document of ours uses fragments")
        assert isinstance(field, FieldNode)
        total += _field_cost(parent, field, nodes)
    return total


def _field_cost(parent: GraphQLObjectType, field: FieldNode, nodes: int) -> int:
    if field.selection_set is None:
        return 0
    returned = get_named_type(parent.fields[field.name.value].type)
    assert isinstance(returned, GraphQLObjectType)
    first = _first(field)
    if returned.name.endswith("Connection"):
        assert first is not None, f"{field.name.value} needs `first`"
        return CONNECTION + _cost(returned, field.selection_set, nodes=first)
    times = nodes if field.name.value == "nodes" else first or 1
    return times * (1 + _cost(returned, field.selection_set))


def _first(field: FieldNode) -> int | None:
    for argument in field.arguments or ():
        if argument.name.value == "first":
            assert isinstance(argument.value, IntValueNode), "page sizes are written out, so costs are known"
            return int(argument.value.value)
    return None
