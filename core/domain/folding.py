"""Taking in several tellings of one order: which of them counts in the end, and what each one was."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace

from core.domain.orders import OrderSnapshot
from core.domain.settlement import Order, Seen, Verdict, is_ahead_of_its_time, take_in, weigh

TWO_TELLINGS = "the store told two different states of one moment"
AHEAD_OF_ITS_TIME = "the order is dated more than a day ahead"
IS_IT_GONE = "whether the order is really gone"


@dataclass(frozen=True, slots=True)
class News:
    """One delivery about an order."""

    row_id: int
    seen: Seen | None
    """None: nothing can be settled from it, only `lacks` is known."""
    lacks: str = ""
    """What only a fetch can tell; empty: nothing."""
    is_certain: bool = False
    """True: we asked the platform ourselves, so nothing is left to ask even if it is no news."""


@dataclass(slots=True)
class Folded:
    """An order after all news of it was taken in, before anything is posted."""

    before: Order
    order: Order
    wants: str | None
    """What only a fetch can tell about the order as it stands now."""
    current: News | None = None
    """The news the order stands at; None: all of it was old."""
    standing: set[int] = field(default_factory=set)
    """The deliveries that told the state the order stands at, by row."""
    lacking: set[int] = field(default_factory=set)
    """Those deliveries that did not tell all, by row."""
    verdicts: dict[int, Verdict] = field(default_factory=dict)
    """What each delivery was, by row."""
    tellings: list[Seen] = field(default_factory=list)
    """What is worth keeping."""
    silent: list[OrderSnapshot] = field(default_factory=list)
    """Snapshots whose status says nothing about payment."""

    @property
    def unknown_statuses(self) -> set[str]:
        """Statuses that say nothing about payment although they are the latest told."""
        held = self.order.version
        return {snapshot.status for snapshot in self.silent if held is None or snapshot.version > held}


def fold(
    order: Order,
    news: Iterable[News],
    wants: str | None,
    says_nothing: Callable[[OrderSnapshot], bool] = lambda _: False,
) -> Folded:
    """The order after `news`, in whatever order it came. `wants`: what a fetch was needed for before.

    Snapshots that `says_nothing` of are kept and change nothing: the order stays at the newest of the others,
    so that it ends the same whether they came before, after, or in between.
    """
    folded = Folded(before=order, order=order, wants=wants)
    for one in news:
        if one.seen is not None and one.seen.snapshot is not None and says_nothing(one.seen.snapshot):
            _pass_over(folded, one, one.seen, one.seen.snapshot)
        else:
            _take(folded, one)
    return folded


def _pass_over(folded: Folded, news: News, seen: Seen, snapshot: OrderSnapshot) -> None:
    folded.verdicts[news.row_id] = Verdict.SAYS_NOTHING
    if news.is_certain:
        # We asked, and this is all the platform has to say.
        folded.wants = None
        if folded.order.deleted_at is not None and seen.observed_at >= folded.order.deleted_at:
            folded.order = replace(folded.order, deleted_at=None)
    folded.tellings.append(seen)
    folded.silent.append(snapshot)


def _take(folded: Folded, news: News) -> None:
    if news.seen is None or (is_ahead_of_its_time(news.seen) and not news.is_certain):
        folded.wants = news.lacks or AHEAD_OF_ITS_TIME
        folded.verdicts[news.row_id] = Verdict.UNCLEAR
        return
    verdict = weigh(folded.order, news.seen)
    folded.verdicts[news.row_id] = verdict
    if news.lacks:
        folded.lacking.add(news.row_id)
    if verdict is not Verdict.SAME:
        folded.tellings.append(news.seen)
    if verdict is Verdict.CONFLICT:
        folded.wants = TWO_TELLINGS
    elif verdict is Verdict.APPLIES:
        folded.order = take_in(folded.order, news.seen)
        folded.current = news
        folded.standing = {news.row_id}
        folded.wants = news.lacks or None
    elif verdict is Verdict.SAME:
        folded.current = folded.current or news
        folded.standing.add(news.row_id)
        folded.wants = None if news.is_certain else folded.wants


def waits_for_fetch(folded: Folded, row_id: int) -> bool:
    """Whether this delivery has to wait for the order to be fetched."""
    if not folded.wants:
        return False
    is_open = folded.verdicts[row_id] in {Verdict.UNCLEAR, Verdict.CONFLICT}
    return is_open or row_id in folded.standing & folded.lacking


def must_be_fetched(folded: Folded) -> bool:
    """Whether the platform should be asked now.

    Also after a delivery that only names the order, when another one told all of it: which of the two speaks
    of the later state cannot be seen.
    """
    if any(verdict is Verdict.UNCLEAR for verdict in folded.verdicts.values()):
        return True
    return any(waits_for_fetch(folded, row_id) for row_id in folded.verdicts)
