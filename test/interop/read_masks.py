"""Reads exported masks with programs that nobody here wrote, and compares them with the truth voxel by voxel.

usage: read_masks.py jobs.json
Prints one JSON list of {case, segment, reader, voxels, different, dice, hausdorff}; hausdorff in voxels, null where a mask
is empty. A reader that fails gives an item with `error`.
"""

import json
import logging
import os
import subprocess
import sys
import warnings

import highdicom
import nibabel
import numpy
import pydicom
import rt_utils.image_helper
import SimpleITK

# dcmrtstruct2nii 5 calls it by the name that pydicom 3 took away.
pydicom.read_file = pydicom.dcmread
# rt-utils 1.2.7 makes its arrays columns × rows and fills them as rows × columns, which cuts off what is not square.
rt_utils.image_helper.create_empty_slice_mask = lambda image: numpy.zeros((image.Rows, image.Columns), dtype=bool)
rt_utils.image_helper.create_empty_series_mask = lambda series: numpy.zeros(
    (series[0].Rows, series[0].Columns, len(series)), dtype=bool
)

from dcmrtstruct2nii import dcmrtstruct2nii
from rt_utils import RTStructBuilder
from scipy.ndimage import binary_erosion, distance_transform_edt

warnings.filterwarnings("ignore")
logging.disable(logging.CRITICAL)


class Truth:
    """The masks as they were drawn: arrays [k, j, i] on a grid in LPS."""

    def __init__(self, job):
        grid = job["geometry"]
        self.size = grid["size"]
        self.spacing = numpy.array(grid["spacing"])
        self.origin = numpy.array(grid["origin"])
        self.axes = numpy.array(grid["axes"])
        shape = tuple(reversed(self.size))
        self.masks = {
            s["name"]: numpy.fromfile(s["raw"], dtype=numpy.uint8).reshape(shape) for s in job["segments"]
        }

    def affine(self):
        """Voxel index to LPS."""
        matrix = numpy.eye(4)
        matrix[:3, :3] = (self.axes * self.spacing[:, None]).T
        matrix[:3, 3] = self.origin
        return matrix

    def onto_grid(self, array, affine):
        """An array [k, j, i] with its own affine (index to LPS), moved to the truth's grid by its voxel centres."""
        placed = numpy.zeros(tuple(reversed(self.size)), dtype=numpy.uint8)
        k, j, i = numpy.nonzero(array)
        points = affine[:3, :3] @ numpy.stack([i, j, k]) + affine[:3, 3:]
        index = numpy.linalg.inv(self.affine()) @ numpy.vstack([points, numpy.ones(points.shape[1])])
        off = numpy.abs(index[:3] - numpy.rint(index[:3])).max() if index.shape[1] else 0
        if off > 0.01:
            raise ValueError(f"voxel centres are {off:.3f} voxels off")
        i, j, k = numpy.rint(index[:3]).astype(int)
        placed[k, j, i] = 1
        return placed


def itk_affine(image):
    matrix = numpy.eye(4)
    matrix[:3, :3] = numpy.array(image.GetDirection()).reshape(3, 3) * numpy.array(image.GetSpacing())
    matrix[:3, 3] = image.GetOrigin()
    return matrix


def from_itk(path, truth):
    image = SimpleITK.ReadImage(path)
    return truth.onto_grid(SimpleITK.GetArrayFromImage(image) > 0, itk_affine(image))


def border(mask):
    return mask & ~binary_erosion(mask)


def compare(found, truth):
    found, truth = found.astype(bool), truth.astype(bool)
    both = found.sum() + truth.sum()
    hausdorff = None
    if found.any() and truth.any():
        hausdorff = max(
            distance_transform_edt(~border(truth))[border(found)].max(),
            distance_transform_edt(~border(found))[border(truth)].max(),
        )
    return {
        "voxels": int(truth.sum()),
        "different": int((found != truth).sum()),
        "dice": 1.0 if both == 0 else float(2 * (found & truth).sum() / both),
        "hausdorff": hausdorff,
    }


def with_rt_utils(job, truth):
    if not job["rtUtils"]:
        return {}
    rtstruct = RTStructBuilder.create_from(dicom_series_path=job["scan"], rt_struct_path=job["rtstruct"])
    slices = rtstruct.series_data
    masks = {}
    for name in truth.masks:
        mask = rtstruct.get_roi_mask_by_name(name)
        placed = numpy.zeros(tuple(reversed(truth.size)), dtype=numpy.uint8)
        for n, item in enumerate(slices):
            offset = numpy.array(item.ImagePositionPatient, dtype=float) - truth.origin
            k = int(round(offset @ truth.axes[2] / truth.spacing[2]))
            placed[k] = mask[:, :, n]
        masks[name] = placed
    return masks


def with_dcmrtstruct2nii(job, truth):
    folder = os.path.join(job["work"], "dcmrtstruct2nii")
    os.makedirs(folder)
    dcmrtstruct2nii(job["rtstruct"], job["scan"], folder, convert_original_dicom=False)
    masks = {}
    for name in truth.masks:
        path = os.path.join(folder, f"mask_{name.replace(' ', '-')}.nii.gz")
        if os.path.exists(path):
            masks[name] = from_itk(path, truth)
    return masks


def with_plastimatch(job, truth):
    folder = os.path.join(job["work"], "plastimatch")
    command = ["plastimatch", "convert", "--input", job["rtstruct"], "--referenced-ct", job["scan"]]
    command += ["--output-prefix", folder, "--prefix-format", "nii.gz"]
    subprocess.run(command, check=True, capture_output=True)
    return {
        name: from_itk(os.path.join(folder, f"{name}.nii.gz"), truth)
        for name in truth.masks
        if os.path.exists(os.path.join(folder, f"{name}.nii.gz"))
    }


def with_highdicom(path, truth):
    seg = highdicom.seg.segread(path)
    masks = {}
    for number, name in enumerate(truth.masks, start=1):
        if not truth.masks[name].any():
            continue
        volume = seg.get_volume(segment_numbers=[number], combine_segments=False)
        affine = volume.affine
        # Its axes are slice, row, column; ours column, row, slice.
        affine = affine[:, [2, 1, 0, 3]]
        masks[name] = truth.onto_grid(volume.array[..., 0] > 0, affine)
    return masks


def with_dcmqi(path, truth, work):
    os.makedirs(work)
    program = os.path.join(os.path.dirname(sys.executable), "segimage2itkimage")
    command = [program, "--inputDICOM", path, "--outputDirectory", work, "--prefix", "s", "-t", "nrrd"]
    subprocess.run(command, check=True, capture_output=True)
    masks = {}
    for number, name in enumerate(truth.masks, start=1):
        found = os.path.join(work, f"s-{number}.nrrd")
        if os.path.exists(found):
            masks[name] = from_itk(found, truth)
    return masks


def check_affine(found, expected):
    error = (numpy.abs(found - expected) / numpy.maximum(1, numpy.abs(expected))).max()
    if error > 1e-5:
        raise ValueError(f"affine is {error:.2e} off")


def with_nibabel(job, truth):
    to_ras = numpy.diag([-1.0, -1.0, 1.0, 1.0])
    masks = {}
    for name, path in job["nifti"].items():
        image = nibabel.load(path)
        for affine, code in (image.get_sform(coded=True), image.get_qform(coded=True)):
            assert code == 1
            check_affine(affine, to_ras @ truth.affine())
        masks[name] = numpy.asarray(image.dataobj).transpose(2, 1, 0)
    return masks


def with_simpleitk(job, truth):
    masks = {}
    for name, path in job["nifti"].items():
        image = SimpleITK.ReadImage(path)
        check_affine(itk_affine(image), truth.affine())
        masks[name] = SimpleITK.GetArrayFromImage(image)
    return masks


def main():
    results = []
    for job in json.load(open(sys.argv[1])):
        truth = Truth(job)
        work = job["work"]
        readers = {
            "rt-utils": lambda: with_rt_utils(job, truth),
            "dcmrtstruct2nii": lambda: with_dcmrtstruct2nii(job, truth),
            "plastimatch": lambda: with_plastimatch(job, truth),
            "highdicom": lambda: with_highdicom(job["seg"], truth),
            "dcmqi": lambda: with_dcmqi(job["seg"], truth, os.path.join(work, "dcmqi")),
            "nibabel": lambda: with_nibabel(job, truth),
            "SimpleITK": lambda: with_simpleitk(job, truth),
        }
        if job["labelmap"]:
            readers["highdicom, label map"] = lambda: with_highdicom(job["labelmap"], truth)
            readers["dcmqi, label map"] = lambda: with_dcmqi(job["labelmap"], truth, os.path.join(work, "dcmqi-l"))
        for reader, read in readers.items():
            try:
                masks = read()
            except Exception as error:  # each failure is a result, the others still count
                results.append({"case": job["case"], "reader": reader, "error": repr(error)[:500]})
                continue
            for name, mask in masks.items():
                item = {"case": job["case"], "segment": name, "reader": reader}
                results.append(item | compare(mask, truth.masks[name]))
    # Some of the programs above print; what follows the mark is ours.
    print("\n=== results\n" + json.dumps(results))


if __name__ == "__main__":
    main()
