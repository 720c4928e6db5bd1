"""What the core says in English, for the pages to say in other languages: see `admin.retelling`.

Names stand for what changes in a sentence. A sentence of core/ that is not here makes a test fail.
"""

from __future__ import annotations

from typing import Final

SENTENCES: Final[tuple[str, ...]] = (
    # Why points moved
    "test order: 0 points",
    "status “%(status)s” earns nothing: 0 points",
    "status “%(status)s” earns nothing",
    "%(amount)s net %(rule)s",
    "%(part)s, %(rounding)s = %(points)s",
    "%(reason)s; %(amount)s refunded, %(points)s revoked",
    "%(amount)s net is left %(rule)s = %(points)s",
    "%(first)s + %(others)s",
    "%(reason)s; %(posted)s were posted so far, so %(moved)s",
    "%(points)s go",
    "%(points)s more",
    "the store deleted the order on %(day)s: 0 points",
    "the order is in %(currency)s and no rate to %(other)s is set, so it waits: 0 points",
    "status “%(status)s” says nothing about payment and is not named in the program, so it changes nothing",
    "the store deleted the order; %(posted)s were posted so far, so %(points)s go",
    "the store gave the order to another customer; %(points)s go with it",
    "%(points)s of them had expired already and are not taken twice",
    "%(points)s of %(earned)s points were not spent in time",
    "%(title)s: code %(code)s",
    "%(redeemed)s; %(why)s",
    "the order gave it back after it had ended",
    "the order gave it back, so it can be used again",
    "goods of order %(order)s went back, so %(points)s of %(cost)s points do",
    "order %(order)s uses it",
    "held: %(why)s",
    "currency %(currency)s",
    "it ended unused",
    "taken back",
    "taken back before the store was asked",
    "the store does not have it",
    "member %(source)s was merged into member %(target)s",
    "the merge of member %(source)s into member %(target)s was undone",
    "carried on from member %(source)s to member %(target)s",
    "nothing that could be settled was told of it yet: 0 points",
    "1 %(currency)s counts as %(rate)s %(other)s",
    "nobody has them, because the order names no customer and no e-mail address",
    "but %(points)s are posted, which bin/regulars replay --check looks into",
    "rounded down",
    "rounded to the nearest",
    "rounded up",
    "× %(points)s",
    "%(rate)s for every %(amount)s",
    "≥ %(amount)s: %(points)s for the order",
    "> 0: %(points)s for the order",
    # What rewards give
    "%(amount)s %(currency)s off",
    "%(percent)s %% off",
    "%(percent)s %% off, at most %(amount)s %(currency)s",
    "free shipping",
    "product %(product)s for free",
    "%(amount)s %(currency)s off for every %(points)s points",
    "Reward “%(reward)s”: %(caveat)s",
    # Why an order waits
    "the store told two different states of one moment",
    "the order is dated more than a day ahead",
    "whether the order is really gone",
    "the store did not show the order when we looked: it is asked for once more by itself",
    "was never told of here",
    "counts as deleted here",
    "has changed since we were told of it",
    "was read as it is now, but could not be settled",
    "has points here, but the store does not list it",
    "another store of the same app told of this order first",
    "told after the merchant took the app out of the store",
    "forgotten with the one it was about",
    "nobody here: points make members",
    "it has no address",
    "the account was deleted",
    "whether the customer is really gone, nobody can ask: the store is never called",
    "this merge was undone here",
    "the app was taken out already",
    "told of an earlier installation",
    "the app was taken out",
    "the store is asked whether the app was taken out",
    "it is about another store than the one it was sent in the name of",
    "the worker died while working on this delivery alone",
    "looked at",
    # What cannot be read in a delivery
    "the body is not a JSON object",
    "the body is empty",
    "the body is not UTF-8",
    "the body is nested too deep",
    "the body is not JSON we can read: %(error)s",
    "an id is not a positive whole number",
    "“%(name)s” is not a list of objects",
    "%(currency)s is not an ISO 4217 currency",
    "%(value)s is not an amount",
    "an amount is missing",
    # What is wrong in a program
    "must be a number above 0, at most %(most)s, with at most %(places)s decimals",
    "must be a whole number from %(least)s to %(most)s",
    "must be one of %(options)s",
    "must be an id of the store's platform, such as 42",
    'must be a list such as ["12", "MUG"]',
    "is not a setting; known here: %(known)s",
    "must be a list of at most %(most)s earning rules",
    "must be 1 to 12 capital letters and digits, such as ACORN",
    'must be an object such as {"kind": "fixed", "days": 365}',
    'must be an object such as {"kind": "points_per_unit", "points": 1}',
    'must be a JSON object such as {"earning": […]}',
    "is not JSON: %(error)s",
    'must be an object such as {"id": "five", "kind": "amount_off", "cost_points": 500, …}',
    "must be a list of at most %(most)s rewards",
    "is taken: another reward is called %(name)s",
    "must be a multiple of step_points, %(points)s",
    "must be a short name of small letters, digits, - and _, such as five-off",
    "must be text of at most %(most)s characters",
    "must be a list out of %(options)s",
    # What was asked and cannot be
    "“%(address)s” is not the address of a store; write one such as https://shop.example.",
    "A store's address holds no user name or password: leave them out.",
    "A store's address ends with its path: leave out “%(rest)s”.",
    "“%(name)s” is not a host name.",
    "“%(name)s” is not a host name or IP address.",
    "“%(path)s” is not the path of a store.",
    "%(address)s is not on the internet, and such addresses are not called; %(how)s",
    "set REGULARS_ALLOW_NETWORKS to the store's network, such as 192.168.1.0/24, if it is yours.",
    "Set PUBLIC_URL to an https address that stores on the internet reach, and start again.",
    "Stores are called over https, at port 443 or 8443; %(address)s is something else.",
    "Stores send keys and orders over https only, and this server is at %(address)s. %(mend)s",
    "Only machines near this one reach %(address)s, and the store is none. %(mend)s",
    "Stores deliver to port %(ports)s alone, and this server is at %(address)s. %(mend)s",
    "%(port)s or %(other)s",
    "A password has at least %(count)s characters. Four words that do not go together do well.",
    "A password has at most %(count)s characters.",
    (
        "This password is among the first that are tried. Choose another, such as four words that do not "
        "go together."
    ),
    "Say how many points: from %(least)s in steps of %(step)s.",
    "%(points)s points cannot be redeemed: take %(least)s or more, in steps of %(step)s.",
    "This reward costs %(cost)s points, not %(points)s.",
    "“%(rate)s” is not a rate; write a plain number above 0, such as 0.92.",
    "“%(zone)s” is not a time zone; use a name such as Europe/Berlin.",
    "“%(currency)s” is not a currency; write an ISO 4217 code such as EUR.",
    (
        "Orders were settled under program version %(version)s already, and what was earned is not "
        "re-priced: leave --from out to start now, or give a moment to come."
    ),
    (
        "%(store)s lists its orders too slowly for this page; compare them with: bin/regulars audit "
        "--store %(id)s --since %(days)sd"
    ),
    "%(store)s is not called, so there is nothing to compare with.",
    "No keys came.",
    "%(why)s Approve the connection again, as somebody who may manage the store.",
    "%(store)s is of a platform that is not asked about customers.",
    "The database did not answer in time.",
    "Something went wrong in Regulars; the log of the worker says what.",
    "This is not an e-mail address. One looks like olive@example.com.",
    "At most %(count)s people work in a store. Remove somebody first.",
    "A name has 1 to %(count)s characters that can be seen. Type it anew: pasted text may hold others.",
    "This is the last owner of the store. Make somebody else an owner first, or ask whoever runs the server.",
    (
        "Somebody with this e-mail address works in this store already. Open them in the list of staff to "
        "change their role or to make a link."
    ),
    "The history calls whoever runs this server like that. Use another name, such as Olive Green.",
    (
        "Somebody you work with is called that already. Add something that tells you apart, such as the "
        "family name."
    ),
    (
        "This person also works in another store on this server, where you are not an owner. Ask whoever "
        "runs the server to do this."
    ),
    (
        "The store gave keys that may only read. Regulars also makes discount codes and webhooks: "
        "connect again, and leave the store's question as it comes. The keys that came are not kept; you "
        "can delete them in WooCommerce under Settings, Advanced, REST API."
    ),
    "Order %(order)s uses this code; its points come back when its goods do.",
    "This code has expired.",
    "The store never had this code; its points are back already.",
    "There is no redemption %(id)s in this store.",
    "No store is called “%(name)s”. %(there)s",
    "There are: %(names)s.",
    "None is connected yet.",
    "A store's name has 1 to 80 printable characters.",
    "A store's name has no “/” in it: names are parts of addresses.",
    "A store's name cannot be a number: numbers are the stores' ids.",
    "A store named “%(name)s” is connected already; choose another name.",
    (
        "%(url)s is connected already, as %(store)s (store %(id)s). New keys for it: bin/regulars store "
        "set-keys --store %(same)s"
    ),
    "There is nothing to publish: the draft is the program that is live.",
    "%(who)s saved since",
    "version %(version)s",
    "%(store)s has told nothing of an order %(order)s.",
    (
        "%(store)s sold in %(currency)s when it was connected, now in %(now)s. Its points would no "
        "longer mean what they did: set its currency back, then connect again."
    ),
    "%(store)s is disconnected already.",
    "“%(email)s” is not an e-mail address.",
    "%(store)s has no member with this e-mail address.",
    "%(store)s has no member with the customer id %(customer)s.",
    "Member %(member)s is member %(other)s already.",
    "%(store)s has no member %(member)s.",
    "Member %(member)s was merged into member %(other)s already.",
    "%(store)s has no merge %(merge)s.",
    "Merge %(merge)s was undone already.",
    "Merge %(merge)s is more than %(days)s days old and stays.",
    "Member %(member)s was merged into member %(other)s since: undo that first.",
    "“%(time)s” is not a time; write one such as 2026-12-01 or 2026-12-01T09:00+01:00.",
    "%(store)s counts in %(currency)s itself; its rate is 1.",
    "Somebody else changed the keys of %(store)s just now. Look at them and try again.",
    "There is no member %(member)s in this store.",
    "%(store)s is never called, so no code can be made there. %(how)s",
    "Give it keys first: bin/regulars store set-keys … --online.",
    "The app was taken out of %(store)s, so no code can be made there.",
    "Member %(member)s was merged into member %(other)s, who has the points.",
    "Nobody knows any more who this member is, so there is nobody to have a code.",
    "An idempotency key is 1 to %(count)s printable characters.",
    "This idempotency key was used for another wish: take a new key for a new wish.",
    "There is no reward “%(reward)s”; the program has: %(known)s.",
    "This reward is gone: all of it was given out.",
    "This costs %(cost)s points; %(missing)s of the member's have just expired.",
    "This costs %(cost)s points; the member has %(points)s.",
    "%(points)s points are owed for orders that were refunded; earn them first.",
    "One member can have this reward %(count)s time at most.",
    "One member can have this reward %(count)s times at most.",
    (
        "%(store)s is connected, so nothing of it was deleted. Disconnect it first; a store that was "
        "asked to be forgotten and came back since is not to be."
    ),
    # What needs somebody
    "%(store)s does not let us %(do)s (%(why)s). Give it keys that may.",
    "%(store)s does not let us read its orders (%(why)s). Give it keys that may.",
    "read its orders",
    "read its customers",
    "make discount codes",
    "switch discount codes off",
    "ask whether the app is installed",
    "keep its webhooks",
    (
        "%(store)s does not let us see to its webhooks (%(why)s), so it may not tell us of orders; those "
        "are found later, when it is looked through. See what turns us away there, such as a security "
        "plugin, and let us in. We try again every half hour."
    ),
    (
        "%(store)s switched off webhooks of ours, some time after %(when)s. They are made anew, and what "
        "became of orders since then is looked for."
    ),
    "%(day)s January, %(time)s",
    "%(day)s February, %(time)s",
    "%(day)s March, %(time)s",
    "%(day)s April, %(time)s",
    "%(day)s May, %(time)s",
    "%(day)s June, %(time)s",
    "%(day)s July, %(time)s",
    "%(day)s August, %(time)s",
    "%(day)s September, %(time)s",
    "%(day)s October, %(time)s",
    "%(day)s November, %(time)s",
    "%(day)s December, %(time)s",
    "%(store)s does not tell us of: %(topics)s. It refuses webhooks for that.",
    (
        "%(store)s no longer lets us in (%(why)s). Open the app once from the store's admin, and all "
        "goes on. Orders that arrive are counted meanwhile."
    ),
    (
        "The app was taken out of %(store)s. Points and members are kept. Orders placed from now on "
        "wait: they are looked for, and count, when the app is installed again."
    ),
    "the app is not installed",
    "%(store)s no longer grants us: %(rights)s. Open the app from the store's admin to grant it again.",
    (
        "A customer of %(store)s asked what is held of them; the answer is yours to pass on: "
        "bin/regulars member export --store %(id)s --export %(export)s"
    ),
    (
        "%(store)s was named as the store of order %(order)s, which another store of the same app told "
        "of first. The delivery was set aside and gives no points until somebody vouches for it."
    ),
    "Orders with the status “%(status)s” change no points: say in the program whether it earns.",
    "%(store)s can no longer tell us about orders: %(why)s Connect the store again.",
    (
        "%(store)s counts a use of code %(code)s, but no order with it has reached us, so the points of "
        "redemption %(id)s neither count as used nor come back. Find the order in the store and save it "
        "there once more, so that we are told of it; if there is none, delete the code there, and the "
        "points come back."
    ),
    # What becomes of codes and tokens
    "the store made it, but switched off",
    "%(code)s was another's",
    "the store counts a use of it; its order is waited for",
    "the code is off; an order may still come",
    "its token is dead and none came with it to renew it",
    "the store's tokens are gone",
    "another worker is renewing the store's token",
    "the platform's answer holds no token",
    # What rewards are, and their settings
    "Money off",
    "A fixed amount off one order, such as 5.00 for 500 points.",
    "Any amount off",
    "Members choose how many points they spend, in steps you set.",
    "Points in one step",
    "Money off for each step",
    "Fewest points",
    "Empty: one step. A whole number of steps.",
    "must be a whole number of steps of %(points)s points",
    "Free product",
    "One product costs nothing; the shopper puts it into the cart.",
    "Product",
    "The product’s id in your store, such as 42.",
    "Free shipping",
    "No charge for shipping on one order.",
    "Percentage off",
    "A share of one order’s price, such as 10 % for 800 points.",
    "Percent off",
    "At most",
    "Empty: no cap. Not every store can cap a percentage.",
    "Price in points",
    "must be true or false",
    "must be at most %(most)s",
    # What is done by hand
    "excluded from %(began)s until %(ended)s: 0 points",
    "excluded since %(began)s: 0 points",
    "%(points)s points added by hand",
    "%(points)s points taken away by hand",
    "%(points)s points that were added by hand were taken back",
    "%(points)s points that were taken away by hand were given back",
    "brought over in a file of balances",
    "the file of balances was undone, line %(line)s",
    "This form was sent already, with other points. Open it anew to adjust once more.",
    "Nobody knows any more who this member is, so points stay as they are.",
    "One adjustment is 1 to %(most)s points, up or down.",
    "Say why in at most %(public)s characters, and to staff in at most %(private)s.",
    "Only a manager may take points that are not there.",
    "You may give or take %(most)s points a day, and %(left)s of today's are left.",
    "There are %(points)s points that can be taken. %(better)s.",
    "Enter −%(points)s or more",
    "Enter points to give",
    "This adjustment is more than %(days)s days old and stays. Make another one.",
    "%(who)s made this adjustment: they can undo it, or a manager.",
    "%(store)s has no adjustment %(id)s.",
    "Member %(member)s was merged into member %(other)s, who earns the points.",
    "Nobody knows any more who this member is, so nothing new is earned for it anyway.",
    "This member is excluded from the program, so points cannot be spent. They stay as they are.",
    "This reward is paused: it cannot be redeemed at the moment.",
    "There is no such delivery.",
    "To vouch for a delivery takes the role of a manager.",
    "It waits to be counted already, or its body is no longer kept.",
    "It is neither unreadable nor set aside; there is nothing to close.",
    "There is nothing of that kind to try again.",
    "Version %(number)s is not waiting to start, so there is nothing to call off.",
    "Deliveries are kept for %(least)s to %(most)s days.",
    # Codes that are changed or made anew
    "This reward is not live: there is nothing its codes could be made like.",
    "This reward is paused, so no new codes can be made: offer it again first.",
    "This reward is not live any more: its codes stay as they are.",
    "it is switched off",
    "The store made something else of it, so it is taken back, with its points: %(problem)s.",
    "The store is not called at the moment. Connect it again first.",
    "The store is being asked for other things this very moment.",
    "The store has two codes of this name.",
    "This store cannot change codes that it has.",
    "The store made something else of it, so it is as it was: %(problem)s.",
    "The store made something else of it: %(problem)s. %(why)s",
    "The reward cannot be redeemed at the moment.",
    "It was bought for %(points)s points, which is not the reward's price any more.",
    "Its points are back, and no new code was made: %(why)s",
    # Kinds of entries
    "earn",
    "redeem",
    "revoke",
    "expire",
    "adjust",
    "restore",
    # What changes are about
    "member %(member)s",
    "delivery %(id)s",
    "dead deliveries",
    "calls set aside",
    "task %(task)s",
    "redemption %(id)s of member %(member)s",
)
