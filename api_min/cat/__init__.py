"""Choosing items for somebody else's test: the Computer Adaptive Testing API 1.0 of 1EdTech, over `irt.selection`.

    shapes          requests and responses, field by field as the REST binding names them
    encoded         what comes in Base64;  configuration  our part of it;  usagedata  item parameters as QTI has them
    pool            the items of a section and their parameters, brought along or live
    sections        a section is made, told of, ended;  sessions  one begins, takes results, ends
    results         which item was answered how;  state  what a session is known again by
    banks           snapshots of parameters in memory;  engine  the decisions;  replay  the same ones again
    imsx, problem   the binding's own status codes, beside problem+json

The platform shows the items and scores the answers; it never says who the examinee is, and nothing here asks.
"""
