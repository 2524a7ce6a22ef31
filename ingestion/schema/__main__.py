"""Writes events.schema.json anew."""

from __future__ import annotations

from ingestion import schema

schema.PATH.write_text(schema.text(), encoding="utf-8")
