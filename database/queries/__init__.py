"""SQL, one module for each aggregate: plain functions over a connection, in and out plain values."""
