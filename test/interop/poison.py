"""Fills every attribute of DICOM files that holds words with a mark of its own, as careless scanners do in part.

Usage: poison.py FOLDER. Prints as JSON the values that no de-identified file may hold: the marks, and the files' own
UIDs, dates and times.
"""

import json
import pathlib
import sys

import pydicom
from pydicom.datadict import DicomDictionary
from pydicom.dataset import Dataset

WORDS = {"AE": 16, "LO": 64, "LT": 64, "PN": 64, "SH": 16, "ST": 64, "UT": 64}
# What places the image or tells how to read it; it names nobody.
KEPT = {"SpecificCharacterSet", "SeriesDescription", "ProtocolName", "PatientID"}

folder = pathlib.Path(sys.argv[1])
forbidden = set()


def mark(tag):
    return f"Zq{tag:08x}"


def poison(dataset):
    for tag, (vr, multiplicity, name, retired, keyword) in DicomDictionary.items():
        group = tag >> 16
        if vr in WORDS and keyword and keyword not in KEPT and 0x0008 <= group <= 0x0040 and tag & 0xFFFF:
            setattr(dataset, keyword, mark(tag))
            forbidden.add(mark(tag))
    dataset.PatientID = "ZqPatient-4711"
    dataset.PatientName = "Zqfamily^Zqgiven^^Dr"
    dataset.PatientBirthDate = "19370412"
    dataset.PatientAge = "089Y"
    dataset.PatientComments = "Zqcomment"
    dataset.add_new(0x00091001, "LO", "Zqprivate")
    dataset.add_new(0x00090010, "LO", "Zqcreator")
    request = Dataset()
    request.AccessionNumber = "Zqnested"
    dataset.RequestAttributesSequence = [request]
    forbidden.update({"ZqPatient-4711", "Zqfamily", "Zqgiven", "19370412", "089Y", "Zqcomment", "Zqprivate"})
    forbidden.update({"Zqcreator", "Zqnested"})


def own(dataset):
    for element in dataset.iterall():
        if element.VR == "UI" and "Class" not in element.keyword and element.keyword != "TransferSyntaxUID":
            forbidden.update(str(value) for value in ([element.value] if element.VM == 1 else element.value))
        if element.VR in ("DA", "TM", "DT") and len(str(element.value)) >= 6:
            forbidden.add(str(element.value))


for path in sorted(folder.rglob("*")):
    if not path.is_file():
        continue
    dataset = pydicom.dcmread(path)
    poison(dataset)
    own(dataset)
    dataset.save_as(path)
print(json.dumps(sorted(value for value in forbidden if value)))
