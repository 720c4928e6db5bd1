"""`regulars store set-keys`: giving a connected store new keys."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TypedDict, Unpack, cast

import click

from cli.installation import opened, ring_effects, store_named, store_option
from cli.output import SECRET, Output, command_options
from core.db import stores, tokens
from core.domain.errors import PlatformTrouble, Refused, StoreUnauthorized
from core.domain.keys import CALLING, changed_keys
from core.domain.platform import Field, Provable
from core.domain.stores import Store, StoreState
from core.jobs.env import Env
from core.services.reconnecting import come_back, forgive_refused, replace_keys, resume_calls
from webhooks.directory import KEPT

OPTIONS: Mapping[str, Mapping[str, Field]] = {
    "woocommerce": {
        "--consumer-key": Field.CONSUMER_KEY,
        "--consumer-secret": Field.CONSUMER_SECRET,
        "--webhook-secret": Field.WEBHOOK_SECRET,
    },
    "shopify": {"--client-secret": Field.WEBHOOK_SECRET, "--access-token": Field.ACCESS_TOKEN},
}
"""Which keys the stores of a platform have, by the option that sets them."""

NEW_ONES: Mapping[str, str] = {
    "woocommerce": "Make new ones in WooCommerce (Settings, Advanced, REST API) and give both: read access "
    "is enough for orders, codes take read/write.",
    "shopify": "Install the app in the store again, with all its scopes, and give its new access token.",
}
"""What to do about keys that are not let in."""


class Keys(TypedDict):
    """The keys among the options of `store set-keys`; None: not given."""

    consumer_key: str | None
    consumer_secret: str | None
    webhook_secret: str | None
    client_secret: str | None
    access_token: str | None


@dataclass(frozen=True, slots=True)
class Change:
    """What became of a store's keys."""

    is_proven: bool
    """Whether the store let us in with them."""
    accepts_previous: bool
    """Whether the webhook secret of before may still sign."""
    resumed: int
    """Calls that go on with them."""


@click.command("set-keys")
@store_option
@click.option("--consumer-key", type=SECRET, help="WooCommerce: of the REST API.")
@click.option("--consumer-secret", type=SECRET, help="WooCommerce: the secret that came with the key.")
@click.option("--webhook-secret", type=SECRET, help="WooCommerce: what the webhooks are signed with.")
@click.option("--client-secret", type=SECRET, help="Shopify: of the app; it signs the webhooks.")
@click.option("--access-token", type=SECRET, help="Shopify: for calling the store.")
@click.option("--forget-previous", is_flag=True, help="Accept the webhook secret of before no longer.")
@click.option("--online", is_flag=True, help="Call the store from now on, though it was never to be called.")
@click.option("--no-check", is_flag=True, help="Do not call the store to prove the keys.")
@command_options
def set_keys(
    out: Output,
    store_name: str,
    forget_previous: bool,
    online: bool,
    no_check: bool,
    **keys: Unpack[Keys],
) -> None:
    """Give a store new keys.

    What is not given, or given empty, stays as it is. Keys for calling the store are proven by calling it
    before anything is stored. With --online a store that was never to be called is called from now on. A
    webhook secret that is replaced is accepted on, so that nothing is lost while the store changes over;
    --forget-previous ends that. Keys may be given as @FILE, or one of them as - for standard input.
    """
    with opened(out.settings, with_bell=True) as env:
        store = store_named(env, store_name)
        if online:
            store = replace(store, is_offline=False)
        given = _given(out, store, keys)
        if not given and not forget_previous and not online:
            raise Refused(f"Nothing to set. {_takes(store)}")
        change = _change(
            env,
            store,
            given,
            forget_previous=forget_previous,
            is_to_be_called=online,
            is_checked=not no_check,
        )
        if not CALLING.isdisjoint(given):
            ring_effects(env, out, store)
        _say(out, store, given, change)


def _given(out: Output, store: Store, keys: Keys) -> dict[Field, str]:
    """What is to be set, by field. Raises Refused for keys that stores of this platform do not have."""
    options = OPTIONS[store.platform]
    given = {}
    for name, value in cast("Mapping[str, str | None]", keys).items():
        option = f"--{name.replace('_', '-')}"
        if value is None:
            continue
        if option not in options:
            raise Refused(f"{store.name} has no {option[2:].replace('-', ' ')}. {_takes(store)}")
        if value:
            given[options[option]] = value
        else:
            out.remark(f"{option} is empty, so what is stored stays.")
    return given


def _takes(store: Store) -> str:
    return f"Keys of a store of its kind are {', '.join(OPTIONS[store.platform])}."


def _change(
    env: Env,
    store: Store,
    given: Mapping[Field, str],
    *,
    forget_previous: bool,
    is_to_be_called: bool,
    is_checked: bool,
) -> Change:
    with env.database.read(store.store_id) as db:
        seen = stores.sealed_credentials(db, store.store_id)
    if seen is None:
        raise Refused(f"{store.name} is not connected any more.")
    after = changed_keys(env.secrets.unseal(seen), given, forget_previous=forget_previous)
    is_for_calls = not CALLING.isdisjoint(given) or is_to_be_called
    is_proven = is_for_calls and is_checked and not store.is_offline and _prove(env, store, after)
    with env.database.write(store.store_id) as db:
        replace_keys(db, store, seen, after, env.secrets)
        if not store.is_offline:
            stores.call_from_now_on(db, store.store_id)
        if Field.ACCESS_TOKEN in given:
            # Else the token the app's page brought would go on being used in its place.
            tokens.drop_tokens(db, store.store_id)
        resumed = resume_calls(db, store, env.now()) if is_for_calls else 0
        if is_proven and store.state is not StoreState.CONNECTED:
            come_back(db, store, env.now())
        if Field.WEBHOOK_SECRET in given:
            forgive_refused(db, store)
    return Change(is_proven, Field.PREVIOUS_WEBHOOK_SECRET in after, resumed)


def _prove(env: Env, store: Store, keys: Mapping[str, str]) -> bool:
    """True when the store let us in, False when its adapter cannot tell. Raises Refused."""
    shop = env.shop(store, keys)
    if not isinstance(shop, Provable):
        return False
    try:
        shop.prove()
    except StoreUnauthorized as error:
        raise Refused(
            f"{store.name} does not let these keys in ({_inside(error)}). Nothing was changed. "
            f"{NEW_ONES[store.platform]}"
        ) from error
    except PlatformTrouble as error:
        raise Refused(
            f"{store.name} could not be asked about these keys ({_inside(error)}). Nothing was changed. "
            "Try again later, or store them unproven with --no-check."
        ) from error
    return True


def _inside(error: PlatformTrouble) -> str:
    return str(error).rstrip(".")


def _say(out: Output, store: Store, given: Mapping[Field, str], change: Change) -> None:
    out.document(
        {
            "store_id": store.store_id,
            "set": sorted(given),
            "is_proven": change.is_proven,
            "accepts_previous_secret": change.accepts_previous,
            "resumed": change.resumed,
        },
        {"Set": ", ".join(field.replace("_", " ") for field in given) or "nothing"}
        | _about_calls(store, given, change)
        | _about_secrets(store, given, change),
    )


def _about_calls(store: Store, given: Mapping[Field, str], change: Change) -> dict[str, object]:
    if CALLING.isdisjoint(given):
        return {}
    if store.is_offline:
        return {"Not proven": "the store was connected to be never called; --online ends that"}
    said: dict[str, object] = {"Proven": "the store let us in" if change.is_proven else "no"}
    if change.resumed:
        calls = "1 call" if change.resumed == 1 else f"{change.resumed:,} calls"
        said["Goes on"] = f"{calls} that waited"
    return said


def _about_secrets(store: Store, given: Mapping[Field, str], change: Change) -> dict[str, object]:
    taken = f"by every receiver within {KEPT.total_seconds():.0f} s"
    if change.accepts_previous:
        ends = f"bin/regulars store set-keys --store {store.store_id} --forget-previous"
        still: dict[str, object] = {"Previous secret": f"still accepted; to end that: {ends}"}
    else:
        still = {"Previous secret": "not accepted"}
    return still | ({"Taken up": taken} if Field.WEBHOOK_SECRET in given or not given else {})
