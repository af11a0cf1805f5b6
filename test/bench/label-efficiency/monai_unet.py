"""MONAI's side of `npm run bench:label-efficiency`: answers one line of JSON a line of standard input.

MONAI's own U-Net, loss and transforms from scratch on the slices that our trainer gets, for the processor seconds that
it is given. `teach`: {images, masks (raw files), count, size, channels, width, batch, seed, cpuSeconds};
`answer`: {image: base64 of float32 [n, size, size, channels]} gives probabilities in the same layout.
"""

import base64
import json
import math
import os
import sys
import time
import warnings

warnings.filterwarnings("ignore")
# Processor seconds are what is shared out: threads that wait by spinning would spend them on nothing.
os.environ["OMP_WAIT_POLICY"] = "passive"

import numpy as np
import torch
from monai.losses import DiceCELoss
from monai.networks.nets import UNet
from monai.transforms import (
    Compose,
    RandAdjustContrastd,
    RandAffined,
    RandFlipd,
    RandGaussianNoised,
    RandGaussianSmoothd,
    RandScaleIntensityd,
)
from monai.utils import set_determinism

torch.set_num_threads(1)

SETTINGS = {"rate": 2e-3, "weight_decay": 1e-5, "residual_units": 2}
AUGMENT = [
    RandFlipd(["image", "mask"], prob=0.5, spatial_axis=0),
    RandFlipd(["image", "mask"], prob=0.5, spatial_axis=1),
    RandAffined(
        ["image", "mask"],
        prob=0.36,
        rotate_range=math.pi,
        scale_range=0.3,
        mode=["bilinear", "nearest"],
        padding_mode="border",
    ),
    RandGaussianNoised(["image"], prob=0.1, std=0.2),
    RandGaussianSmoothd(["image"], prob=0.1, sigma_x=(0.5, 1.0), sigma_y=(0.5, 1.0)),
    RandScaleIntensityd(["image"], factors=0.25, prob=0.15),
    RandAdjustContrastd(["image"], prob=0.3, gamma=(0.7, 1.5)),
]


class Contender:
    warm = False
    network = None
    shape = None

    def warm_up(self, order):
        """What PyTorch and MONAI load at first use is not counted."""
        if not self.warm:
            self.warm = True
            self.teach({**order, "cpuSeconds": 1e-3})

    def teach(self, order):
        self.warm_up(order)
        started, clock = time.process_time(), time.perf_counter()
        settings = {**SETTINGS, **order.get("settings", {})}
        set_determinism(order["seed"])
        n, size, channels = order["count"], order["size"], order["channels"]
        images = np.fromfile(order["images"], np.float32).reshape(n, size, size, channels)
        masks = np.fromfile(order["masks"], np.int8).reshape(n, size, size, 1)
        images = torch.from_numpy(images.transpose(0, 3, 1, 2).copy())
        # -1 is off the slice, which our loss leaves out; here it is background.
        masks = torch.from_numpy(masks.transpose(0, 3, 1, 2).clip(0).astype(np.float32))
        width = order["width"]
        self.network = UNet(
            spatial_dims=2,
            in_channels=channels,
            out_channels=1,
            channels=[width << level for level in range(5)],
            strides=[2, 2, 2, 2],
            num_res_units=settings["residual_units"],
            norm=order["normalisation"].upper(),
        )
        loss_of = DiceCELoss(sigmoid=True, batch=True)
        optimiser = torch.optim.AdamW(
            self.network.parameters(), settings["rate"], weight_decay=settings["weight_decay"]
        )
        augment = Compose(AUGMENT).set_random_state(order["seed"])
        random = np.random.default_rng(order["seed"])
        lesion = np.flatnonzero(masks.numpy().any((1, 2, 3)))
        batch, steps, share, value = order["batch"], 0, 0.0, 0.0
        self.network.train()
        while share < 1:
            # Half of every batch shows the lesion, as ours; cosine decay over the time that is given.
            forced = random.choice(lesion, batch // 2) if len(lesion) else random.integers(0, n, batch // 2)
            chosen = np.concatenate([forced, random.integers(0, n, batch - batch // 2)])
            samples = [augment({"image": images[i], "mask": masks[i]}) for i in chosen]
            x = torch.stack([torch.as_tensor(s["image"]) for s in samples])
            y = torch.stack([torch.as_tensor(s["mask"]) for s in samples]).round()
            for group in optimiser.param_groups:
                group["lr"] = settings["rate"] * 0.5 * (1 + math.cos(math.pi * share))
            optimiser.zero_grad(set_to_none=True)
            loss = loss_of(self.network(x), y)
            loss.backward()
            optimiser.step()
            steps += 1
            value = loss.item()
            share = (time.process_time() - started) / order["cpuSeconds"]
        self.network.eval()
        self.shape = (size, channels)
        return {
            "steps": steps,
            "loss": value,
            "cpuSeconds": time.process_time() - started,
            "seconds": time.perf_counter() - clock,
        }

    def answer(self, order):
        size, channels = self.shape
        x = np.frombuffer(base64.b64decode(order["image"]), np.float32).reshape(-1, size, size, channels)
        with torch.no_grad():
            y = torch.sigmoid(self.network(torch.from_numpy(x.transpose(0, 3, 1, 2).copy())))
        values = np.ascontiguousarray(y.numpy().transpose(0, 2, 3, 1), np.float32)
        return {"probability": base64.b64encode(values.tobytes()).decode()}


contender = Contender()
for line in sys.stdin:
    order = json.loads(line)
    try:
        reply = getattr(contender, order["do"])(order)
    except Exception as error:
        reply = {"error": f"{type(error).__name__}: {error}"[:400]}
    print(json.dumps(reply), flush=True)
