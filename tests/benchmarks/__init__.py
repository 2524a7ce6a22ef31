"""Figures beside their peers and limits, measured in one run: `make bench`."""
