"""Prints, for each SNOMED CT code given, what PS3.16 calls it and in which context groups (as pydicom has them)."""

import json
import sys

from pydicom.sr._concepts_dict import concepts

found = {code: {} for code in sys.argv[1:]}
for meanings in concepts["SCT"].values():
    for code, (meaning, groups) in meanings.items():
        if code in found:
            found[code][meaning] = sorted(groups)
print(json.dumps(found))
