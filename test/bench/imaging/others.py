"""The others' times, as JSON lines: python others.py read|index <folder>."""
import json
import pathlib
import sys
import time

mode, folder = sys.argv[1], sys.argv[2]
times = int(sys.argv[3]) if len(sys.argv) > 3 else 1
paths = sorted(str(p) for p in pathlib.Path(folder).glob("*.dcm")) * times

if mode == "read":
    import numpy
    import SimpleITK as sitk

    start = time.perf_counter()
    names = sitk.ImageSeriesReader.GetGDCMSeriesFileNames(folder)
    sorted_at = time.perf_counter()
    reader = sitk.ImageSeriesReader()
    reader.SetImageIO("GDCMImageIO")
    reader.SetFileNames(names)
    image = reader.Execute()
    end = time.perf_counter()
    total = int(sitk.GetArrayViewFromImage(image).sum(dtype=numpy.int64))
    print(json.dumps({"sort": sorted_at - start, "read": end - sorted_at, "size": image.GetSize(), "sum": total}))
else:
    import pydicom

    start = time.perf_counter()
    for path in paths:
        pydicom.dcmread(path, stop_before_pixels=True)
    print(json.dumps({"files": len(paths), "seconds": time.perf_counter() - start}))
