"""By which rules the tests of an exam are chosen and stopped, read once for whoever asks.

    rules        what exams.selection, .stopping and .blueprint may hold, and what they mean to `irt`
    exams        the rules that are set for an exam
    labels       what editors said of items: topic, difficulty, cognitive level, enemies, item sets
    topics       the topic tree, and which topics a name or path means
    blueprints   what a test of such items must contain by the rules
    errors       what is wrong with rules that somebody set

The API serves by them, the pipeline's gate simulates by them, and `qbank delivery` holds them against a bank.
"""
