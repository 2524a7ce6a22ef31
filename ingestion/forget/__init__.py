"""Forgetting a learner: who is meant, what is theirs in each store, and the order in which it goes."""

from __future__ import annotations

from ingestion.forget.run import Stores, forget
from ingestion.forget.summary import ForgetSummary

__all__ = ["ForgetSummary", "Stores", "forget"]
