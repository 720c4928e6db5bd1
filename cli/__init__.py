"""`bin/regulars` and `bin/start`: the operator's command line."""
