"""What the workers and the beat run: transactions around services, and every call to the outside."""
