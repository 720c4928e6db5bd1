"""Every named point at which a process is killed, by the work that passes it; `point:n` is the n-th visit."""

from __future__ import annotations

RECEIVING = ["receive.verified", "receive.before_commit", "receive.committed", "receive.rung"]
SETTLING = ["drain.normalized", "drain.before_commit", "drain.committed"]
AROUND_SETTLING = ["store.leased", "drain.claimed", "store.released"]
CHARGING = ["drain.charged"]
MATURING = ["mature.before_commit:1", "mature.committed:1", "mature.before_commit:3", "mature.committed:2"]
"""Releasing comes first and looks once more when it is done; then comes expiring."""
FETCHING = [
    "effects.leased",
    "effects.before_call",
    "effects.after_call",
    "effects.before_commit",
    "effects.committed",
]
CALLING_IN_VAIN = {"effects.rested": 503, "effects.parked": 401, "effects.closed": 400}
"""With what the store answers."""
MAKING_CODES = ["codes.tried", "codes.made", "codes.before_commit", "codes.kept"]
MAKING_WRONG_CODES = ["codes.made", "codes.disabled"]
"""Where the store drops the restriction to the member."""
GIVING_UP_CODES = ["codes.before_commit", "codes.given_up"]
"""Where the store refuses for good."""
ENDING_CODES = ["codes.disabled", "codes.before_commit", "codes.ended"]
"""Where the redemption was taken back: at the second visit the points come back."""
CHANGING_CODES = [
    "code_changes.found",
    "code_changes.changed",
    "code_changes.put_back",
    "code_changes.kept",
    "code_changes.advanced",
    "code_reissues.taken_back",
    "code_reissues.before_commit",
    "code_reissues.made",
]
"""Where codes that were made become what their reward gives now; died of in the tests of that."""
CHECKING_BALANCES = ["balance_checks.kept"]
"""Where a file of balances is looked through; died of in the tests of large ones."""
FORGETTING = ["forget.before_commit:2", "forget.committed:2"]
RENEWING = ["tokens.leased", "tokens.after_call"]
"""Where a store's token is renewed; died of in the tests of tokens."""
REMOVING = ["removal.after_call"]
"""Where the platform was asked whether the app was taken out; died of in the tests of that."""
CONNECTING = ["connect.claimed", "connect.proven", "connect.joined"]
MAKING_HOOKS = ["hooks.before_remove", "hooks.made:1", "hooks.made:8"]
RECONCILING = ["reconcile.read", "reconcile.before_commit", "reconcile.committed"]
BEATING = ["beat.taken", "beat.rung"]

ALL = [
    *RECEIVING,
    *SETTLING,
    *AROUND_SETTLING,
    *CHARGING,
    *MATURING,
    *FETCHING,
    *CALLING_IN_VAIN,
    *MAKING_CODES,
    *MAKING_WRONG_CODES,
    *GIVING_UP_CODES,
    *ENDING_CODES,
    *CHANGING_CODES,
    *CHECKING_BALANCES,
    *FORGETTING,
    *RENEWING,
    *REMOVING,
    *CONNECTING,
    *MAKING_HOOKS,
    *RECONCILING,
    *BEATING,
]
