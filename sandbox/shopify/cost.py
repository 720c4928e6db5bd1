"""What a GraphQL document may cost at Shopify, reckoned from above.

Shopify publishes: a scalar 0, an object 1, a connection by its `first`, a mutation 10. How much a connection
costs of itself, and which objects are free, it does not say, so everything counts in full here, and every
branch of a union.
"""

from __future__ import annotations

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentSpreadNode,
    GraphQLObjectType,
    GraphQLSchema,
    GraphQLUnionType,
    InlineFragmentNode,
    IntValueNode,
    OperationDefinitionNode,
    OperationType,
    SelectionSetNode,
    get_named_type,
)

CONNECTION = 2
MUTATION = 10
MOST_OF_ONE_QUERY = 1000


def highest_cost(schema: GraphQLSchema, document: DocumentNode) -> int:
    """The most points the document's only operation can cost before it runs.

    Raises ValueError for a document of several operations, with named fragments, or without page sizes.
    """
    operations = [node for node in document.definitions if isinstance(node, OperationDefinitionNode)]
    if len(operations) != 1:
        raise ValueError("a document holds exactly one operation")
    root = schema.get_root_type(operations[0].operation)
    if root is None:
        raise ValueError("the schema has no such operation")
    own = MUTATION if operations[0].operation is OperationType.MUTATION else 0
    return own + _cost(schema, root, operations[0].selection_set)


_Holder = GraphQLObjectType | GraphQLUnionType


def _cost(schema: GraphQLSchema, parent: _Holder, selected: SelectionSetNode, nodes: int = 1) -> int:
    """Of everything selected; `nodes`: how many of them a connection may return."""
    total = 0
    for chosen in selected.selections:
        if isinstance(chosen, FragmentSpreadNode):
            raise ValueError("the cost of named fragments is not reckoned")
        if isinstance(chosen, InlineFragmentNode):
            total += _cost(schema, _branch(schema, parent, chosen), chosen.selection_set, nodes)
        elif isinstance(chosen, FieldNode):
            total += _field_cost(schema, parent, chosen, nodes)
    return total


def _branch(schema: GraphQLSchema, parent: _Holder, fragment: InlineFragmentNode) -> _Holder:
    if fragment.type_condition is None:
        return parent
    return _holder(schema.type_map[fragment.type_condition.name.value])


def _field_cost(schema: GraphQLSchema, parent: _Holder, field: FieldNode, nodes: int) -> int:
    if field.selection_set is None or isinstance(parent, GraphQLUnionType):
        return 0
    returned = _holder(get_named_type(parent.fields[field.name.value].type))
    first = _first(field)
    if returned.name.endswith("Connection"):
        if first is None:
            raise ValueError(f"{field.name.value} needs `first`")
        return CONNECTION + _cost(schema, returned, field.selection_set, nodes=first)
    times = nodes if field.name.value == "nodes" else first or 1
    return times * (1 + _cost(schema, returned, field.selection_set))


def _holder(type_: object) -> _Holder:
    if not isinstance(type_, _Holder):
        raise TypeError(f"{type_} holds no fields")
    return type_


def actual_cost(told: object) -> int:
    """What an answer cost: a point for each object in it."""
    if isinstance(told, dict):
        return 1 + sum(map(actual_cost, told.values()))
    return sum(map(actual_cost, told)) if isinstance(told, list) else 0


def _first(field: FieldNode) -> int | None:
    for argument in field.arguments or ():
        if argument.name.value == "first":
            if not isinstance(argument.value, IntValueNode):
                raise ValueError("page sizes are written out, so that costs are known")
            return int(argument.value.value)
    return None
