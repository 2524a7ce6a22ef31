"""What a run says of its own parameters before anybody is served by them; pure helpers of `calibration_diagnostics`.

`fitted` reads a fit back from its rows; `fit`, `dependence`, `compared` (groups of persons), `positions`, `moved` and
`measured` each ask one question of it and answer in findings and figures; `diagnosis` asks them all.
"""
