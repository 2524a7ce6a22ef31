"""How parameters are found: starting values, E-step, M-step, acceleration, standard errors.

Everything here works on one array `parameters` of shape (items, 3) = (slope, intercept, c) of the logistic
metric, and on `free_c` of shape (items,), 1.0 where an item's c is estimated and 0.0 where it is fixed.
"""
