"""Hostile messages by the million: `make fuzz`, and fewer of them in the tests."""
