"""Prints what SimpleITK reads of each file as JSON; with --write first, makes MetaImage and NRRD files in a folder."""
import hashlib
import json
import pathlib
import sys

import numpy
import SimpleITK as sitk


def describe(path):
    image = sitk.ReadImage(path)
    voxels = sitk.GetArrayViewFromImage(image).astype("<f8")
    return {
        "path": path,
        "size": image.GetSize(),
        "spacing": image.GetSpacing(),
        "origin": image.GetOrigin(),
        "direction": image.GetDirection(),
        "sha256": hashlib.sha256(voxels.tobytes()).hexdigest(),
    }


if sys.argv[1] == "--write":
    folder = pathlib.Path(sys.argv[2])
    rng = numpy.random.default_rng(7)
    a, b = 0.3, -0.2
    turn = numpy.array([[1, 0, 0], [0, numpy.cos(a), -numpy.sin(a)], [0, numpy.sin(a), numpy.cos(a)]]) @ numpy.array(
        [[numpy.cos(b), -numpy.sin(b), 0], [numpy.sin(b), numpy.cos(b), 0], [0, 0, 1]]
    )
    for kind in ["uint8", "int8", "int16", "uint16", "int32", "float32", "float64"]:
        values = rng.integers(0, 100, (4, 5, 6)).astype(kind)
        image = sitk.GetImageFromArray(values)
        image.SetSpacing((0.7, 1.3, 2.9))
        image.SetOrigin((-12.5, 33.25, 101))
        image.SetDirection(turn.ravel().tolist())
        for extension in ["mha", "mhd", "nrrd", "nhdr"]:
            for compressed in [False, True]:
                sitk.WriteImage(image, str(folder / f"{kind}-{compressed}.{extension}"), compressed)
    paths = sorted(str(p) for p in folder.iterdir() if p.suffix in {".mha", ".mhd", ".nrrd", ".nhdr"})
else:
    paths = sys.argv[1:]
print(json.dumps([describe(p) for p in paths]))
