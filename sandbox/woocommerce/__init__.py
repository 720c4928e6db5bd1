"""A stand-in WooCommerce store: a plain state machine, and a thin HTTP skin around it.

It behaves as WooCommerce 11.0.1 was seen to behave, oddities included. The machine has no threads, no
sockets, no clock and no chance of its own: `now` and a `random.Random` are handed in, so that equal calls
make equal stores. It knows nothing of the product it is a stand-in for.
"""
