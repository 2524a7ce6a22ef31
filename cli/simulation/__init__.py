"""What `qbank simulate-cat` does: its configurations, the bank, the sessions, and what is told of them."""
