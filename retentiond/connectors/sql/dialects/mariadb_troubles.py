"""What the error numbers of MariaDB and of its driver mean."""

from __future__ import annotations

from retentiond.connectors.sql import troubles
from retentiond.connectors.sql.troubles import Trouble

_TROUBLES = {
    troubles.LOCKED: (1205, 1099, 1100),
    troubles.DEADLOCK: (1213, 1614),
    troubles.SERIALISATION: (1020, 1412),
    troubles.SLOW: (1969, 1317, 3024),
    troubles.LOST: (2006, 2013, 2014, 2055, 1927, 1158, 1159, 1160, 1161, 4031),
    troubles.SHUTTING_DOWN: (1053, 1077),
    troubles.FULL: (1040, 1203, 1226, 1021, 1114, 1037, 1041, 1135),
    troubles.STILL_REFERRED: (1217, 1451),
    troubles.CONSTRAINT: (1048, 1062, 1169, 1216, 1364, 1452, 1586, 4025),
    troubles.UNFITTING: (1264, 1265, 1292, 1366, 1406, 1411, 1690),
    troubles.READ_ONLY: (1290, 1792, 1836),
    troubles.NOT_ALLOWED: (1142, 1143, 1227, 1370, 1419),
    troubles.NOT_ACCEPTED: (1044, 1045, 1130, 1251, 1698),
    troubles.FORBIDDEN: (1644, 1643),
    troubles.NO_DATABASE: (1046, 1049),
    troubles.NOT_AS_DEFINED: (1054, 1091, 1109, 1146, 1906),
    troubles.NO_ANSWER: (2002, 2003, 2005, 2026),
    Trouble("a table is damaged", remedy="have whoever keeps the store look at it"): (
        126,
        127,
        134,
        144,
        145,
        1194,
        1195,
    ),
    Trouble(
        "two columns that are compared sort their texts by different rules",
        remedy="have one of them altered to the collation of the other",
    ): (1267, 1270, 1271),
    Trouble("a statement is larger than the database takes", remedy="have max_allowed_packet raised"): (1153,),
}
BY_CODE = {code: trouble for trouble, codes in _TROUBLES.items() for code in codes}
