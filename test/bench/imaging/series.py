"""Makes a CT series of N slices from real ones: python series.py <folder with slices> <out> <N>.

Pixels, headers and private tags stay those of the scanner; positions and UIDs are made new, so that the slices form one
regular stack.
"""
import pathlib
import sys

import pydicom
from pydicom.uid import generate_uid

source, out, count = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2]), int(sys.argv[3])
out.mkdir(parents=True, exist_ok=True)
slices = [pydicom.dcmread(p) for p in sorted(source.glob("*.dcm"))]
series = generate_uid(entropy_srcs=["amlp-bench-series"])
for n in range(count):
    ds = slices[n % len(slices)]
    ds.SeriesInstanceUID = series
    ds.SOPInstanceUID = generate_uid(entropy_srcs=["amlp-bench", str(n)])
    ds.file_meta.MediaStorageSOPInstanceUID = ds.SOPInstanceUID
    ds.InstanceNumber = n + 1
    ds.GantryDetectorTilt = 0
    ds.ImageOrientationPatient = [1, 0, 0, 0, 1, 0]
    ds.ImagePositionPatient = [-125, -125, n * 1.25]
    ds.SliceLocation = n * 1.25
    ds.save_as(out / f"{n:04d}.dcm")
