"""The product's own web server around another application: `python -m benchmarks.serve MODULE PORT`."""

from __future__ import annotations

import sys

from cli.serve import serve

if __name__ == "__main__":
    serve("127.0.0.1", int(sys.argv[2]), sys.argv[1])
