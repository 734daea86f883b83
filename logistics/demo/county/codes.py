"""The codes by which the demonstration finds its units and items again, and the two wishes nobody can fulfil."""

from __future__ import annotations

#: The code of the unit at the top, by which a database is known to hold the demonstration and nobody's own data.
TOP_CODE = "YY-DEMO"
STORE_CODE = "YY-CK"
PASS = "绿色通道"  # noqa: S105 -- a permit for vehicles
#: What the last shop but one asks for and no vehicle has; and when the last is there: before any vehicle leaves.
OTHER_PASS = "隔离区通行证"  # noqa: S105
TOO_EARLY = "06:00-07:30"
CARTONS_A_CASE = 250

MASK, DISINFECTANT, THERMOMETER, SPRAYER = "KZ-001", "XD-084", "TW-001", "PH-001"
ALCOHOL, GLOVES = "JJ-075", "ST-001"
CLASSES = ("JY-1", "JY-2", "JY-3")

#: What is scarce and shared out, and by which pack.
SHARED = ((MASK, "袋"), (DISINFECTANT, "公斤"), (THERMOMETER, "把"), (SPRAYER, "个"))
