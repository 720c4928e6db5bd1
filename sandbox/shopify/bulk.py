"""Bulk operations: a query over everything there is, whose answer lies in a file, one object a line."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sandbox.shopify.orders import gid

_Json = dict[str, Any]

FIRST_NUMBER = 5_100_000_001


@dataclass(frozen=True)
class Operation:
    """One that was begun."""

    number: int
    began_at: datetime
    content: bytes | None
    """The file; None: the query failed."""
    objects: int

    @property
    def gid(self) -> str:
        return gid("BulkOperation", self.number)


@dataclass
class BulkDesk:
    """The operations of one store."""

    takes: timedelta = timedelta(seconds=1)
    at_once_most: int = 5
    files_at: str = "https://storage.example/"
    """Scheme and host where the files are, with a slash."""
    refuses: str = ""
    """Why no operation is begun; empty: they are."""
    operations: dict[int, Operation] = field(default_factory=dict)

    def begin(self, rows: Callable[[], list[_Json] | None], now: datetime) -> Operation | str:
        """An operation whose file will hold `rows`, or why there is none."""
        running = sum(one.began_at + self.takes > now for one in self.operations.values())
        if running >= self.at_once_most:
            return "A bulk query operation for this app and shop is already in progress."
        if self.refuses:
            return self.refuses
        found = rows()
        lines = None if found is None else [json.dumps(row) for row in found]
        content = None if lines is None else "".join(f"{line}\n" for line in lines).encode()
        objects = sum("__parentId" not in row for row in found or ())
        made = Operation(FIRST_NUMBER + len(self.operations), now, content, objects)
        self.operations[made.number] = made
        return made

    def told(self, number: int, now: datetime) -> _Json | None:
        """What the API says of an operation."""
        one = self.operations.get(number)
        if one is None:
            return None
        status = "RUNNING" if one.began_at + self.takes > now else "COMPLETED"
        if one.content is None:
            status = "FAILED"
        has_file = status == "COMPLETED" and bool(one.content)
        return {
            "id": one.gid,
            "status": status,
            "createdAt": one.began_at.isoformat(),
            "rootObjectCount": str(one.objects),
            "url": f"{self.files_at}bulk/{one.number}.jsonl" if has_file else None,
        }


def flattened(data: Mapping[str, Any]) -> Iterator[_Json]:
    """The objects of an answer, each followed by those of its connections."""
    for value in data.values():
        for edge in value["edges"]:
            yield from _rows(edge["node"], None)


def _rows(node: Mapping[str, Any], parent: str | None) -> Iterator[_Json]:
    connections = {name: value for name, value in node.items() if _is_connection(value)}
    row = {name: value for name, value in node.items() if name not in connections}
    yield row if parent is None else {**row, "__parentId": parent}
    for connection in connections.values():
        for edge in connection["edges"]:
            yield from _rows(edge["node"], node["id"])


def _is_connection(value: object) -> bool:
    return isinstance(value, Mapping) and "edges" in value
