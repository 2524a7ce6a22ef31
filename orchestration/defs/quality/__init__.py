"""Checks that block: what calibration is about to read, and what it is about to publish."""
