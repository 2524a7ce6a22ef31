"""Learners who take quizzes while the API they take them from is killed: each answer counts once, each quiz goes on.

`make learners` kills long, `test_learners.py` short. The service is `qbank api`, Postgres and Redis are real servers.
"""
