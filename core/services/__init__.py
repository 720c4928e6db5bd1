"""One function per thing the product does: (session, …, now). Never commits, never calls out."""
