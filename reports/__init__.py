"""Reports: offline HTML pages from plain values, one file each, that need no network and no other file.

`reports.calibration.render(CalibrationReport(...))` and `reports.data_quality.render(DataQualityReport(...))`
return the page as text; the caller decides where it goes. Pictures come in as PNG bytes (`Plot`).
"""

from __future__ import annotations

from reports.page import Plot

__all__ = ["Plot"]
