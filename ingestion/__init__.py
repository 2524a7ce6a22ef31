"""The ingestion room: how responses and events come in.

Imports of a user's own files (`ingestion.imports`, with the one reader of response files), the event
contract, the outbox relay, sources, sinks and dead letters. It imports nothing above `database`.
"""
