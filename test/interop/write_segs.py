"""Writes masks as DICOM SEG with highdicom, in the ways that we do not write ourselves.

usage: write_segs.py jobs.json folder
For each job writes <n>-<way>.dcm into the folder; prints what it wrote as JSON: [{job, way, path}].
"""

import glob
import json
import os
import sys
import warnings

import highdicom
import numpy
import pydicom
from highdicom.sr.coding import CodedConcept
from pydicom.uid import ExplicitVRLittleEndian, RLELossless

warnings.filterwarnings("ignore")

WAYS = {
    "binary, all frames": ("BINARY", ExplicitVRLittleEndian, False),
    "binary, sparse": ("BINARY", ExplicitVRLittleEndian, True),
    "fractional": ("FRACTIONAL", ExplicitVRLittleEndian, True),
    "fractional, RLE": ("FRACTIONAL", RLELossless, True),
    "label map, RLE": ("LABELMAP", RLELossless, True),
}


def description(number, name):
    return highdicom.seg.SegmentDescription(
        segment_number=number,
        segment_label=name,
        segmented_property_category=CodedConcept("49755003", "SCT", "Morphologically Altered Structure"),
        segmented_property_type=CodedConcept("108369006", "SCT", "Neoplasm"),
        algorithm_type="MANUAL",
    )


def main():
    written = []
    for n, job in enumerate(json.load(open(sys.argv[1]))):
        geometry = job["geometry"]
        origin, axis = numpy.array(geometry["origin"]), numpy.array(geometry["axes"][2])
        images = [pydicom.dcmread(path) for path in glob.glob(os.path.join(job["scan"], "*.dcm"))]
        # In the order of the truth's slices.
        images.sort(key=lambda image: (numpy.array(image.ImagePositionPatient, dtype=float) - origin) @ axis)
        shape = tuple(reversed(geometry["size"]))
        masks = [numpy.fromfile(s["raw"], dtype=numpy.uint8).reshape(shape) for s in job["segments"]]
        overlap = numpy.sum(masks, axis=0).max() > 1
        for way, (kind, syntax, omit) in WAYS.items():
            if kind == "LABELMAP" and overlap:
                continue
            pixels = numpy.stack(masks, axis=-1).astype(bool)
            if kind == "FRACTIONAL":
                # Just on the right side of one half.
                pixels = numpy.where(pixels, 0.51, 0.49)
                omit = False
            seg = highdicom.seg.Segmentation(
                source_images=images,
                pixel_array=pixels,
                segmentation_type=kind,
                segment_descriptions=[description(m + 1, s["name"]) for m, s in enumerate(job["segments"])],
                series_instance_uid=highdicom.UID(),
                series_number=1,
                sop_instance_uid=highdicom.UID(),
                instance_number=1,
                manufacturer="x",
                manufacturer_model_name="x",
                software_versions="1",
                device_serial_number="1",
                transfer_syntax_uid=syntax,
                omit_empty_frames=omit,
            )
            path = os.path.join(sys.argv[2], f"{n}-{way.replace(', ', '-').replace(' ', '-')}.dcm")
            seg.save_as(path)
            written.append({"job": n, "way": way, "path": path})
    print("\n=== results\n" + json.dumps(written))


if __name__ == "__main__":
    main()
