"""The parts of `qbank calibrate`: options, the work in timed stages, tables, pictures, page, files."""
