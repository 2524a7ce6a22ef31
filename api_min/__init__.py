"""The delivery API: begins quizzes, serves the most informative next question, takes answers.

    app            create_app: the application, its state and its problems
    routes/        what is asked and answered over HTTP, and nothing else
    begin, serve, answer    the three steps of a quiz, each in one transaction
    once           a retried request to begin gets the quiz of the first
    marks, finish  skip, flag, note, explanation; sealing and results
    parameters     the live calibration of an exam, as clients read it
    decisions      ability and the choice of the next item, on `irt`
    bank           what may be served, with its parameters, in memory
    hot, breaker   the state of open quizzes in Redis, and leaving Redis alone while it is away
    transactions   the one seam through which requests reach the database, within one tenant
    shapes, limits requests and responses;  problems, errors  what goes wrong, as problem+json
    auth/          who calls: tokens, their keys, and what each route declares of who may call it
    middleware     headers, rates, limits: what stands before the routes
    observe, watch, logs, traces, metrics, workers    what is seen of requests: lines, spans, counts
    readiness      whether requests can be served, part by part
    settings       where it listens and to whom, how many processes serve, what is logged and counted

Without QBANK_AUTH=jwt nobody is asked who they are, and it listens on loopback and nowhere else.
"""
