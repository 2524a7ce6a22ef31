"""Where decoded events are stored. Each store is one file; each keeps its own positions (`sinks.base`)."""
