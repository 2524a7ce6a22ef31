"""Nights of a bank whose truth is known: does the scale stay, is what was planted found, is nothing wrong served?

Every night learners answer, and the lifecycle's own assets run on it: snapshot, fit, diagnostics, gate, checks,
publishing, on a real database. Only dbt is left out; its table of first attempts is written as it would be.

    plan   what is planted, and when
    world  items and learners, and what these answer
    house  the exam in the database, and a night's run
    found  what came of it, held against the truth
"""
