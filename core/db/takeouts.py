"""What of a store goes into an export, table by table, and back in: one row is one line of its file."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from sqlalchemy import (
    Column,
    Connection,
    Row,
    String,
    Table,
    Tuple,
    and_,
    cast,
    delete,
    exists,
    func,
    literal,
    or_,
    select,
    text,
    tuple_,
)

from core.db.bulk import insert_many
from core.db.tables import (
    adjustments,
    brands,
    code_carriers,
    entries,
    lot_returns,
    lot_uses,
    lots,
    member_exclusions,
    member_merges,
    members,
    order_snapshots,
    orders,
    persons,
    program_versions,
    redemptions,
    reward_stocks,
    store_rates,
)
from core.domain.takeout import Ids

PORTION: Final = 2000


@dataclass(frozen=True)
class Kind:
    """One kind of line."""

    name: str
    table: Table
    order: tuple[Column[Any], ...]
    """What rows are listed by; unique in a store."""
    ids: Ids | None = None
    """What other lines name these rows by; None: nothing does, so their ids stay at home."""
    names: Mapping[str, Ids] = field(default_factory=dict)
    """Columns that name other lines."""
    key: str | None = None
    """The column with the key of an entry: it may carry ids."""
    left_out: frozenset[str] = frozenset()
    """Columns that mean nothing elsewhere, or follow from others."""
    beside: tuple[str, ...] = ()
    """Fields that are no columns: what is sealed here leaves opened, and is sealed anew where it comes in."""
    sealed: tuple[Column[Any], ...] = ()
    """The columns of this table that those are made of."""

    @property
    def columns(self) -> list[Column[Any]]:
        """The columns of a line, in the order of the table."""
        unwanted = {"store_id", *self.left_out, *(() if self.ids else ("id",))}
        return [column for column in self.table.columns if column.name not in unwanted]


_OF_MEMBER: Final = {"member_id": Ids.MEMBER}

MEMBER: Final = Kind(
    "member",
    members,
    (members.c.id,),
    Ids.MEMBER,
    {"merged_into": Ids.MEMBER},
    left_out=frozenset({"guest_key"}),
    beside=("is_guest", "email", "email_modified_at", "given_name", "family_name"),
)
ADJUSTMENT: Final = Kind(
    "adjustment",
    adjustments,
    (adjustments.c.id,),
    Ids.ADJUSTMENT,
    _OF_MEMBER,
    left_out=frozenset({"notes", "staff_id"}),
    beside=("public_note", "private_note"),
    sealed=(adjustments.c.notes,),
)
BRAND: Final = Kind(
    "brand",
    brands,
    (brands.c.store_id,),
    left_out=frozenset({"logo_type", "logo_width", "logo_height", "logo_digest", "logo_small"}),
)
KINDS: Final = (
    Kind("program_version", program_versions, (program_versions.c.version,)),
    Kind("rate", store_rates, (store_rates.c.currency,)),
    Kind("reward_stock", reward_stocks, (reward_stocks.c.reward_ref,)),
    BRAND,
    MEMBER,
    Kind(
        "exclusion",
        member_exclusions,
        (member_exclusions.c.member_id, member_exclusions.c.began_at),
        names=_OF_MEMBER,
        left_out=frozenset({"notes"}),
    ),
    Kind(
        "merge",
        member_merges,
        (member_merges.c.id,),
        Ids.MERGE,
        {"from_member_id": Ids.MEMBER, "into_member_id": Ids.MEMBER},
    ),
    ADJUSTMENT,
    Kind("redemption", redemptions, (redemptions.c.id,), Ids.REDEMPTION, _OF_MEMBER),
    Kind(
        "code_carrier",
        code_carriers,
        (code_carriers.c.redemption_id, code_carriers.c.order_ref),
        names={"redemption_id": Ids.REDEMPTION},
    ),
    Kind("order", orders, (orders.c.order_ref,), names=_OF_MEMBER),
    Kind("telling", order_snapshots, (order_snapshots.c.id,), names=_OF_MEMBER),
    Kind("lot", lots, (lots.c.id,), Ids.LOT, _OF_MEMBER, key="entry_key"),
    Kind("entry", entries, (entries.c.id,), names=_OF_MEMBER, key="key"),
    Kind("lot_use", lot_uses, (lot_uses.c.id,), names={"lot_id": Ids.LOT}, key="entry_key"),
    Kind("lot_return", lot_returns, (lot_returns.c.id,), names={"lot_id": Ids.LOT}, key="entry_key"),
)
"""In the order of the file: what others name comes before them."""

STAYS: Final[Mapping[str, str]] = {
    "api_keys": "only their digests are kept; make new ones",
    "catch_ups": "how far the store's own lists were read, begun anew",
    "changes": "who did what here, in this installation",
    "code_sweeps": "how far codes were looked through, begun anew",
    "comparisons": "made every night",
    "day_places": "how far the entries were added up by day, begun anew",
    "day_sums": "added up anew from the entries",
    "effects": "what the store is still to be asked, asked anew for codes",
    "exports": "made for somebody who asked",
    "hooks": "webhooks of this installation",
    "inbox": "raw deliveries; what they told is in the tellings",
    "leases": "who works on the store now",
    "notices": "what needs somebody here and now",
    "person_words": "made of the names, keyed with a secret of this installation; made anew",
    "persons": "in the lines of members",
    "program_drafts": "not published",
    "staff_roles": "people of this installation",
    "store_tokens": "keys",
    "task_codes": "codes that are being changed at the store of this installation",
    "task_parts": "files of long work, such as this one",
    "tasks": "long work of this installation",
    "tombstones": "keyed with a secret of this installation; whoever was forgotten stays nameless",
}
"""Tables of a store that an export leaves out, and why. A new table is in KINDS or here: a test looks."""


def rows_of(db: Connection, store_id: int, kind: Kind) -> Iterator[Row[Any]]:
    """All rows of a kind, portion by portion; members with {is_guest, email, email_modified_at, name} beside,
    others with what is sealed."""
    chosen = select(*kind.columns, *kind.order, *kind.sealed).select_from(kind.table)
    if kind is MEMBER:
        joined = members.outerjoin(
            persons, (persons.c.store_id == members.c.store_id) & (persons.c.member_id == members.c.id)
        )
        chosen = select(
            *kind.columns,
            members.c.guest_key.is_not(None).label("is_guest"),
            persons.c.email.label("email"),
            persons.c.modified_at.label("email_modified_at"),
            persons.c.name.label("name"),
        ).select_from(joined)
    chosen = chosen.where(kind.table.c.store_id == store_id).order_by(*kind.order).limit(PORTION)
    after: Tuple | None = None
    while True:
        portion = chosen if after is None else chosen.where(tuple_(*kind.order) > after)
        rows = db.execute(portion).all()
        yield from rows
        if len(rows) < PORTION:
            return
        last = rows[-1]
        after = tuple_(*(literal(getattr(last, column.name), column.type) for column in kind.order))


def count(db: Connection, store_id: int) -> int:
    """About how many lines an export will have."""
    return sum(
        db.execute(
            select(func.count()).select_from(kind.table).where(kind.table.c.store_id == store_id)
        ).scalar_one()
        for kind in KINDS
    )


def is_empty(db: Connection, store_id: int) -> bool:
    """Whether a store has neither members nor orders nor entries."""
    return not any(
        db.execute(select(exists().where(table.c.store_id == store_id))).scalar()
        for table in (members, orders, entries)
    )


def clear_settings(db: Connection, store_id: int) -> None:
    """Take away the program and the rates of a store in which nothing was settled."""
    for table in (program_versions, store_rates, reward_stocks):
        db.execute(delete(table).where(table.c.store_id == store_id))


def clear_brand(db: Connection, store_id: int) -> None:
    """Take away what the store's points are called and look like."""
    db.execute(delete(brands).where(brands.c.store_id == store_id))


def adjustment_without_entry(db: Connection, store_id: int) -> int | None:
    """An adjustment whose points are not in the ledger as it says, or not in a lot where they were given."""
    key = literal("adjust:") + cast(adjustments.c.id, String)
    entry = and_(entries.c.store_id == store_id, entries.c.key == key)
    lot = and_(lots.c.store_id == store_id, lots.c.entry_key == key)
    found = (
        select(adjustments.c.id)
        .select_from(adjustments.outerjoin(entries, entry).outerjoin(lots, lot))
        .where(
            adjustments.c.store_id == store_id,
            or_(
                entries.c.id.is_(None),
                entries.c.points != adjustments.c.points,
                entries.c.member_id != adjustments.c.member_id,
                and_(adjustments.c.points > 0, lots.c.id.is_(None)),
            ),
        )
        .limit(1)
    )
    adjustment_id: int | None = db.execute(found).scalar()
    return adjustment_id


def draw_ids(db: Connection, table: Table, how_many: int) -> list[int]:
    """So many ids that no row has or will get, rising."""
    if db.dialect.name == "sqlite":
        # The transaction holds the only lock there is: nobody else numbers rows meanwhile.
        last = db.execute(select(func.coalesce(func.max(table.c.id), 0))).scalar_one()
        return list(range(last + 1, last + 1 + how_many))
    drawn = text(
        "SELECT nextval(pg_get_serial_sequence(:name, 'id')) AS id FROM generate_series(1, :n) ORDER BY id"
    )
    return list(db.execute(drawn, {"name": table.name, "n": how_many}).scalars())


def put(db: Connection, table: Table, rows: Sequence[Mapping[str, Any]]) -> None:
    """Insert rows that all have the same columns."""
    insert_many(db, table, rows)
