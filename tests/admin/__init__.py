"""The pages merchants see."""
