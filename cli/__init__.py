"""The `qbank` command: one file for each noun, assembled in `main`."""
