"""Everything killed at random while events flow; at the end each must be there exactly once.

`make chaos` runs it long, `test_chaos.py` short. Relay, consumers, Postgres, ClickHouse and the broker are real
processes, and SIGKILL is what they get.
"""
