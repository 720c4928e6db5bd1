"""The demo behind `bin/start --demo`: two stand-in stores, their shoppers, and a page that shows the flow.

Nothing of it is imported by the product. It runs the product's own code with two things of its own: where
stores are called (on this machine, over plain http), and what stands at `/`.
"""
