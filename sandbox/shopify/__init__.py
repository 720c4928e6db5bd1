"""A stand-in Shopify: a state machine without threads, sockets, clock or chance, and a thin HTTP skin.

`store` holds what there is, `checkout` and `trade` change it as shoppers and staff would, `admin` is the
Admin GraphQL API, `outbox` the webhooks, `faults` what may go wrong on the way, `http` the skin. Facts are
those of the Admin API 2026-10; what is a guess says so where it stands.
"""
