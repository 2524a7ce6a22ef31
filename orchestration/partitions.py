"""Partitions: one home exam each, because a question is calibrated on the scale of its home exam."""

from __future__ import annotations

from dagster import DynamicPartitionsDefinition

home_exams = DynamicPartitionsDefinition(name="home_exam")
