"""Makes reference.json: figures of MedPy and SciPy for masks that reference.test.ts draws the same way.

Run: python3 reference.py > reference.json   (numpy, scipy, medpy)
"""

import json

import numpy as np
from medpy.metric.binary import assd, dc, hd95, recall
from scipy.ndimage import binary_erosion, distance_transform_edt


def ellipsoid(size, centre, radii, dents):
    i, j, k = np.meshgrid(*[np.arange(n) for n in size], indexing="ij")
    r = sum(((x - c) / q) ** 2 for x, c, q in zip((i, j, k), centre, radii))
    mask = r <= 1
    for d in dents:
        mask &= ~((abs(i - d[0]) <= 1) & (abs(j - d[1]) <= 2) & (abs(k - d[2]) <= 1))
    return mask


def surface(mask):
    return mask & ~binary_erosion(mask)


def surface_dice(a, b, spacing, tolerance):
    sa, sb = surface(a), surface(b)
    da = distance_transform_edt(~sb, sampling=spacing)[sa]
    db = distance_transform_edt(~sa, sampling=spacing)[sb]
    return float(((da <= tolerance).sum() + (db <= tolerance).sum()) / (len(da) + len(db)))


def boundary_iou(a, b, spacing, width):
    band = []
    for m in (a, b):
        d = distance_transform_edt(np.pad(m, 1), sampling=spacing)[1:-1, 1:-1, 1:-1]
        band.append(surface(m) | (m & (d <= width)))
    return float((band[0] & band[1]).sum() / (band[0] | band[1]).sum())


def added_path_length(prediction, truth, spacing):
    added = 0
    for k in range(truth.shape[2]):
        added += int((surface(truth[:, :, k]) & ~surface(prediction[:, :, k])).sum())
    return added * (spacing[0] + spacing[1]) / 2


cases = []
for size, spacing, p, t in [
    ((24, 20, 12), (1.0, 1.0, 1.0), ((11, 9, 6), (7, 6, 4), [[11, 9, 2]]), ((12, 10, 6), (7, 5, 4), [])),
    ((24, 20, 12), (0.9, 1.7, 3.27), ((11, 9, 6), (9, 4, 3), []), ((14, 11, 5), (6, 6, 5), [[14, 11, 5], [8, 11, 5]])),
    ((16, 16, 9), (1.953, 1.953, 3.27), ((3, 3, 2), (6, 6, 5), []), ((12, 12, 6), (5, 5, 5), [])),
    ((30, 12, 5), (4.69, 4.69, 2.0), ((6, 6, 2), (4, 4, 2), []), ((24, 6, 2), (2, 2, 1), [])),
]:
    a, b = ellipsoid(size, *p), ellipsoid(size, *t)
    cases.append(
        {
            "size": size, "spacing": spacing,
            "prediction": {"centre": p[0], "radii": p[1], "dents": p[2]},
            "truth": {"centre": t[0], "radii": t[1], "dents": t[2]},
            "dsc": float(dc(a, b)), "sensitivity": float(recall(a, b)),
            "hd95": float(hd95(a, b, voxelspacing=spacing)), "assd": float(assd(a, b, voxelspacing=spacing)),
            "surfaceDice2": surface_dice(a, b, spacing, 2.0),
            "boundaryIou3": boundary_iou(a, b, spacing, 3.0),
            "addedPathLength": added_path_length(a, b, spacing),
            "distanceSum": float(distance_transform_edt(~b, sampling=spacing).sum()),
        }
    )
print(json.dumps(cases, indent=1))
