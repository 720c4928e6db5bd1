"""What the process is told from outside: settings, secrets, logs, the clock."""
