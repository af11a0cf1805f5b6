"""Makes reference.json: patches, clusters, schedule, labels and losses by NumPy and scikit-learn.

Run: python3 reference.py > reference.json   (numpy, scikit-learn)
"""

import json

import numpy as np
from sklearn.cluster import DBSCAN, AgglomerativeClustering, KMeans

rng = np.random.default_rng(7)
size, patch, channels = 24, 8, 2
slice_ = rng.normal(size=(size, size, channels)).astype(np.float32)
slice_[8:16, 8:24] += 3
side = size // patch
patches = (
    slice_.reshape(side, patch, side, patch, channels).transpose(0, 2, 1, 3, 4).reshape(side * side, -1)
)
km = KMeans(2, n_init=10, random_state=0).fit(patches)
distance = km.transform(patches)
small = int(np.bincount(km.labels_, minlength=2).argmin())

reconstruction = (slice_ + rng.normal(scale=0.5, size=slice_.shape)).astype(np.float32)
error = ((reconstruction - slice_) ** 2).reshape(side, patch, side, patch, channels).mean(axis=(1, 3, 4)).reshape(-1)
mask = np.array([1, 0, 1, 1, 1, 0, 0, 1, 1])
changed = np.array([0, 0, 1, 0, 1, 1, 0, 0, 0])
l_pred = error[mask == 1]
l_mean = l_pred.mean()
ratio = l_pred / l_mean
xi = 0.1
ccl = -np.log(xi)

points = np.concatenate([rng.normal(c, s, size=(n, 3)) for c, s, n in [(0, 0.5, 20), (3, 0.4, 9), (6, 1.5, 5)]])
points = points[rng.permutation(len(points))].round(4)

print(
    json.dumps(
        {
            "size": size, "patch": patch, "channels": channels,
            "slice": [round(float(v), 6) for v in slice_.ravel()],
            "reconstruction": [round(float(v), 6) for v in reconstruction.ravel()],
            "patchSums": patches.sum(axis=1).tolist(),
            "firstPatch": patches[0, :6].tolist(), "lastPatch": patches[-1, -6:].tolist(),
            "foreground": (km.labels_ == small).astype(int).tolist(),
            "distance": np.stack([distance[:, small], distance[:, 1 - small]], axis=1).tolist(),
            "mask": mask.tolist(), "changed": changed.tolist(), "patchLosses": error.tolist(),
            "prediction": float(l_mean),
            "ratio": float(ratio.mean()), "ratioWeight": float((ratio * l_pred).mean()),
            "consistency": float((ccl * changed[mask == 1]).mean()),
            "consistencyWeight": float((ccl * changed[mask == 1] * l_pred).mean()),
            "eq3": [[float(-(n * np.log(o + xi) + (1 - n) * np.log(1 - o + xi))) for n in (0, 1)] for o in (0, 1)],
            "points": points.ravel().tolist(),
            "ward": AgglomerativeClustering(2, linkage="ward").fit_predict(points).tolist(),
            "density": DBSCAN(eps=0.8, min_samples=4).fit_predict(points).tolist(),
            "schedule": [0.25 + np.log(e) / (np.log(800) / 0.55) for e in (1, 2, 10, 100, 400, 800)],
        }
    )
)
