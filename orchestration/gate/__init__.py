"""The gate before publishing: what sessions would be by new parameters, beside those by the live ones.

`sessions` settles how they are given: by the rules that the exam's deliveries keep to. `limits` says which figures may
not regress, how far, and what to do where one did; `judge` plays them and gives the verdict.
"""
