"""Small strict stand-ins, spoken to over real HTTP."""
