"""Ids and texts that break URLs, filters and documents without correct quoting."""

from __future__ import annotations

AWKWARD_IDS = (
    "O'Hara's_Orders",
    "100%_done",
    "Sales & Orders",
    "A+B",
    "Invoices#2",
    "in/out/both",
    "Grüße_東京",
    "a''b",
    "%27_encoded",
    "x=y;z,(w)",
)
"""Prefixes of ids, with special characters of URLs, OData keys and literals."""

AWKWARD_NAMES = (
    "Orders; returns, and \"quotes\" 'single'",
    "=cmd|'/c calc'!A1",
    "+49 30 hotline",
    "-2+3",
    "@SUM(A1:A9)",
    "First line\nsecond line",
    "Tab\tinside",
    "<script>alert('x')</script> & <b>bold</b>",
    "Emoji 🚀 and 日本語 and עברית",
    "Long " + "name " * 59,
    " leading and trailing ",
)
"""Names that a CSV file, a spreadsheet or a web page may misinterpret."""

AWKWARD_PACKAGE_IDS = ("Package'quoted", "Päckchen_100%", "R+D & more")
