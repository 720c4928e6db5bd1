"""Every sentence of the pages is there in German, and what the core says can be said again in it."""

from __future__ import annotations

import io
import re
from datetime import UTC, datetime

import pytest
from babel.messages.catalog import Catalog, Message
from babel.messages.mofile import read_mo

from admin.core_sentences import SENTENCES as CORE
from admin.file_sentences import SENTENCES as FILES
from admin.platform_sentences import SENTENCES as PLATFORMS
from admin.retelling import told
from admin.server_sentences import SENTENCES as SERVER
from admin.translations.catalogue import LANGUAGES, as_mo, as_po, brought_up_to_date, extracted, path_of, read
from core.domain.sentences import expired_sentence, gone_sentence, restored_sentence
from tests.told_sentences import HOLE, ROOT, sentences
from tests.world import World

_NAME = re.compile(r"%\((\w+)\)s")

SENTENCES = (*CORE, *FILES, *SERVER, *PLATFORMS)

OF_NO_PAGE = frozenset(
    {
        *("core/config/", "core/db/", "core/services/apps.py"),
        *("core/services/keys.py", "core/jobs/listed_job.py", "core/jobs/queue.py", "core/jobs/beat.py"),
        *("core/jobs/installation.py", "integrations/assembly.py", "integrations/shopify/bucket.py"),
        *("integrations/shopify/app/", "integrations/shopify/signed_query.py"),
    }
)
"""Modules whose English is for the command line, the log, or other programs."""

MADE_INTO_SENTENCES = {
    f"; {HOLE} refunded, {HOLE} revoked": "the end of an order's sentence",
    f", at most {HOLE} {HOLE}": "a reward's cap",
    f"One member can have this reward {HOLE} {HOLE} at most.": "once or more often",
    f"{HOLE} for {HOLE}": "points of somebody or nobody",
    f"Line 1 must name the columns, and {HOLE}{HOLE} is none of them. Write: email,points; if you like also "
    "customer_id, expires_at and note.": "three columns or more",
    f" and {HOLE} more": "columns nobody knows",
    f"a line of the type “{HOLE}” {HOLE} “{HOLE}”": "a line that lacks a field, or has one too many",
    "has, and should not,": "a field too many",
    "belongs to another user": "of a file",
    "can be read by others": "of a file",
    f"{HOLE} answers, {HOLE} worker{HOLE} for points listening": "one worker or more",
    f"{HOLE} of {HOLE} {HOLE} last seen at work {HOLE}": "one webhook or more",
    "webhook was": "one webhook",
    "webhooks were": "more of them",
    f"; {HOLE} what only the store can tell: {HOLE}": "the end of what is said of a store",
    f"disconnected{HOLE}; it is not called and nothing new counts, members keep their points": "with its day",
    "held for want of a currency's rate": "of deliveries",
    "unreadable and not counted": "of deliveries",
    "set aside: another store told of the order first": "of deliveries",
    f"{HOLE} {HOLE} for more than an hour": "codes the store was not asked for",
    "not been asked for yet": "of codes",
    "been asked for without a clear answer": "of codes",
    "been on the way off": "of codes",
    f" ({HOLE} times, last {HOLE})": "the end of a notice",
}
"""Pieces that the list of sentences has whole."""

NO_SENTENCES = {
    f"{HOLE} {HOLE} of {HOLE}": "what a code is marked with",
    f"store {HOLE}": "a name for the log",
    "end codes": "the name of a tick",
    "correct horse battery staple": "a password nobody takes",
    f"{HOLE} (staff {HOLE})": "a subject of the history",
    "bin/regulars store set-keys --store {store}": "a command",
    "bin/regulars redemption list --store {store} --waiting": "a command",
    f"Valkey {HOLE}": "a name",
    f"Redis {HOLE}": "a name",
    f"not before {HOLE}": "work that waits",
    f"ref {HOLE}": "what a member is recognised by",
    f"guest {HOLE}": "what a member is recognised by",
    f"account {HOLE}": "what a member is recognised by",
    "the undone line": "a key of points",
    f"lot {HOLE}": "a subject of a check",
    f"order {HOLE}": "a subject of a check",
    f"redemption {HOLE}": "a subject of a check",
    f"key {HOLE}": "a subject of a check",
    "somebody saved since": "what a page says in its own words",
    f"ended {HOLE}": "what stands for an address",
    f"sign in:{HOLE}": "what a key is made of",
    "REGULARS_ALLOW_NETWORKS names no network we can read: " + HOLE + ".": "a setting of the server",
    "(an address)": "what stands for an address in what a platform said",
    "Non-expiring access tokens are no longer accepted": "what Shopify says",
    "This app is not approved to use the ": "what Shopify says",
    "This app is not approved to access the ": "what Shopify says",
    f"method:code AND title:{HOLE}*": "a query",
}


@pytest.fixture(scope="module")
def sources() -> Catalog:
    return extracted()


def messages(catalogue: Catalog) -> list[Message]:
    return [message for message in catalogue if message.id]


def texts(message: Message) -> list[tuple[str, str]]:
    """(English, translation) of each form."""
    if isinstance(message.id, str):
        return [(message.id, str(message.string))]
    return list(zip(message.id, tuple(message.string or ()), strict=True))


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_sentence_of_today_is_translated_and_nothing_of_yesterday_is_left(
    sources: Catalog, language: str
) -> None:
    """Mend it with bin/translate, then write what it lists into messages.po and run it once more."""
    kept = read(language)
    wanted = {(message.context, str(message.id)) for message in messages(sources)}
    there = {(message.context, str(message.id)) for message in messages(kept)}
    assert sorted(map(str, wanted - there)) == []
    assert sorted(map(str, there - wanted)) == []
    assert [message.id for message in messages(kept) if not all(said for _, said in texts(message))] == []
    assert [message.id for message in messages(kept) if message.fuzzy] == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_translations_name_the_same_values_as_the_english(language: str) -> None:
    wrong = [
        (english, said)
        for message in messages(read(language))
        for english, said in texts(message)
        if set(_NAME.findall(english)) != set(_NAME.findall(said)) and english in (message.id, message.id[-1])
    ]
    assert wrong == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_compiled_catalogue_is_the_one_that_is_read_and_both_come_out_the_same_everywhere(
    sources: Catalog, language: str
) -> None:
    kept = read(language)
    assert path_of(language, "mo").read_bytes() == as_mo(language, kept)
    assert path_of(language, "po").read_bytes() == as_po(language, brought_up_to_date(language, sources))
    compiled = read_mo(io.BytesIO(path_of(language, "mo").read_bytes()))
    assert len(compiled) == len(kept)


def test_every_sentence_below_the_pages_is_among_those_that_can_be_told() -> None:
    known = {_NAME.sub(HOLE, one).replace("%%", "%") for one in SENTENCES}
    known |= MADE_INTO_SENTENCES.keys() | NO_SENTENCES.keys()
    strange = {
        one.where: one.text.replace(HOLE, "{}")
        for one in sentences("core", "integrations", but=OF_NO_PAGE)
        if one.text not in known and re.sub(r"\{\w+\}", HOLE, one.text) not in known
    }
    assert strange == {}


def test_what_counts_as_no_sentence_is_said_somewhere_still() -> None:
    said = {one.text for one in sentences("core", "integrations")}
    assert {text for text in (MADE_INTO_SENTENCES | NO_SENTENCES) if text not in said} == set()


def test_no_sentence_is_listed_twice() -> None:
    assert len(set(SENTENCES)) == len(SENTENCES)


@pytest.mark.parametrize(
    ("english", "german"),
    [
        (expired_sentence(3, 10), "3 von 10 Punkten wurden nicht rechtzeitig eingelöst"),
        (
            "49.95 net × 1, rounded down = 49; 10.00 refunded, 10 revoked",
            "49,95 netto × 1, abgerundet = 49; 10,00 erstattet, 10 zurückgenommen",
        ),
        (
            "33.30 net is left × 1 = 33; 49 were posted so far, so 16 go",
            "33,30 netto bleiben × 1 = 33; 49 waren bisher gebucht, also gehen 16",
        ),
        (
            "49.95 net × 0.5 for every 2.00, rounded down = 12 + 5.00 net > 0: 9 for the order, "
            "rounded up = 9",
            "49,95 netto × 0,5 je 2,00, abgerundet = 12 + "
            "5,00 netto > 0: 9 für die Bestellung, aufgerundet = 9",
        ),
        (
            gone_sentence(datetime(2026, 12, 1, tzinfo=UTC), UTC),
            "der Shop hat die Bestellung am 2026-12-01 gelöscht: 0 Punkte",
        ),
        (
            restored_sentence("5.00 EUR off", "ACORN-1", "it ended unused"),
            "5,00 EUR Nachlass: Code ACORN-1; er lief unbenutzt ab",
        ),
        ("10 % off, at most 20.00 EUR", "10 % Nachlass, höchstens 20,00 EUR"),
        ("This costs 1,500 points; the member has 344.", "Das kostet 1.500 Punkte; das Mitglied hat 344."),
        (
            "Birch does not let us make discount codes (birch.example asks us to slow down.). "
            "Give it keys that may.",
            "Birch erlaubt uns nicht: Gutscheincodes erstellen "
            "(birch.example bittet uns, langsamer zu fragen.). Geben Sie Schlüssel, die das dürfen.",
        ),
        ("Order #1042 was lucky", "Order #1042 was lucky"),
    ],
)
def test_the_core_is_told_in_german_with_the_same_numbers_and_names(
    sqlite_world: World, english: str, german: str
) -> None:
    application = sqlite_world.client.application
    with application.test_request_context("/admin", headers={"Accept-Language": "de"}):
        assert told(english) == german
    with application.test_request_context("/admin", headers={"Accept-Language": "en"}):
        assert told(english) == english


def test_templates_say_nothing_that_is_not_in_the_catalogue() -> None:
    """A text that was not wrapped shows here, however it came in."""
    silent = {
        path.name: found
        for folder in ("admin/templates", "web/templates")
        for path in sorted((ROOT / folder).rglob("*.html"))
        if (found := unwrapped(path.read_text("utf-8")))
    }
    assert silent == {}


def unwrapped(template: str) -> list[str]:
    """Texts between tags, and in attributes that people read, which no gettext says."""
    bare = re.sub(r"\{#.*?#\}|\{%.*?%\}|\{\{.*?\}\}", HOLE, template, flags=re.DOTALL)
    bare = re.sub(r"<(code|pre|script|style)\b.*?</\1>|<!doctype html>", "", bare, flags=re.DOTALL)
    attributes = re.findall(r'(?:aria-label|title|placeholder|alt)="([^"]*)"', bare)
    between = re.sub(r"<[^>]*>", "\n", bare).splitlines()
    said = [text.replace(HOLE, "").strip(" ·") for text in (*attributes, *between)]
    return [
        text for text in said if re.search(r"[A-Za-z]{3,}", text) and text not in NAMES and "=" not in text
    ]


NAMES = {"Regulars", "WooCommerce", "Shopify", "JSON", "Python", "https://shop.example"}
"""The same in every language."""


def test_the_readers_language_is_the_same_all_over_a_page(sqlite_world: World) -> None:
    page = sqlite_world.client.get("/admin/sign-in", headers={"Accept-Language": "de-AT,de;q=0.9"}).text
    assert '<html lang="de"' in page
    assert "Melden Sie sich" not in page
    assert "E-Mail-Adresse" in page
    assert "Sign in" not in page
