"""Reads an export folder with tools that nobody here wrote and prints what they say as one JSON object.

usage: check_export.py <export folder> <folder of the source series>
"""

import json
import subprocess
import sys
from pathlib import Path

import highdicom as hd
import nibabel as nib
import numpy as np
import pydicom
from rt_utils import RTStructBuilder

export, series = Path(sys.argv[1]), sys.argv[2]
dicom = sorted(export.rglob("*.dcm"))
by_modality = {pydicom.dcmread(f, stop_before_pixels=True).Modality: f for f in dicom}

errors = []
for file in dicom:
    run = subprocess.run(["dciodvfy", str(file)], capture_output=True, text=True)
    errors += [line for line in (run.stdout + run.stderr).splitlines() if line.startswith("Error")]

nifti = nib.load(next(export.rglob("*.nii.gz")))
mask = np.asarray(nifti.dataobj) > 0


def patient_points(image, where):
    """Centres of the voxels of a NIfTI mask, LPS, mm."""
    index = np.argwhere(where)
    ras = nib.affines.apply_affine(image.affine, index)
    return {tuple(p) for p in np.round(ras * [-1, -1, 1], 2)}


structures = RTStructBuilder.create_from(dicom_series_path=series, rt_struct_path=str(by_modality["RTSTRUCT"]))
name = structures.get_roi_names()[0]
drawn = structures.get_roi_mask_by_name(name)  # rows, columns, slices in rt-utils' order
slices = structures.series_data
points = set()
for row, column, k in np.argwhere(drawn):
    s = slices[k]
    origin, spacing = np.array(s.ImagePositionPatient), np.array(s.PixelSpacing, float)
    x, y = np.array(s.ImageOrientationPatient[:3]), np.array(s.ImageOrientationPatient[3:])
    points.add(tuple(np.round(origin + x * column * spacing[1] + y * row * spacing[0], 2)))
truth = patient_points(nifti, mask)


def near(a, b):
    """Number of points of a that are in b to a hundredth of a millimetre or its rounding."""
    cells = {tuple(np.round(np.array(p) * 10).astype(int)) for p in b}
    hits = 0
    for p in a:
        c = np.round(np.array(p) * 10).astype(int)
        hits += any(tuple(c + np.array(d) - 1) in cells for d in np.ndindex(3, 3, 3))
    return hits


dsc = 2 * near(points, truth) / max(1, len(points) + len(truth))

segmentation = hd.seg.segread(str(by_modality["SEG"]))
volume = segmentation.get_volume(combine_segments=False)
affine = volume.affine
index = np.argwhere(volume.array[..., 0] > 0)
lps = nib.affines.apply_affine(affine, index)
seg_points = [tuple(p) for p in np.round(lps, 2)]
seg_equal = len(seg_points) == len(truth) == near(seg_points, truth)

print(
    json.dumps(
        {
            "dciodvfy_errors": errors,
            "rt_utils_dsc": round(dsc, 4),
            "seg_equal": bool(seg_equal),
            "nifti_voxels": int(mask.sum()),
        }
    )
)
