"""PyTorch's side of `npm run bench:engine`: answers one line of JSON a line of standard input (see worker.mjs).

The same U-Net, loss and optimiser as ours.ts, written with PyTorch's own parts, its defaults for threads and memory.
"""

import json
import sys
import time
import warnings

# PyTorch warns that NumPy is absent; nothing here needs it.
warnings.filterwarnings("ignore", message="Failed to initialize NumPy")

import torch
import torch.nn as nn
import torch.nn.functional as F

DEVICE = "cuda" if "--gpu" in sys.argv else "cpu"


class UNet(nn.Module):
    def __init__(self, width, normalisation):
        super().__init__()

        def block(i, o):
            convolution = nn.Conv2d(i, o, 3, padding=1, bias=normalisation == "none")
            norm = nn.InstanceNorm2d(o, affine=True) if normalisation == "instance" else nn.Identity()
            return nn.Sequential(convolution, norm, nn.ReLU())

        def pair(i, o):
            return nn.Sequential(block(i, o), block(o, o))

        channels = [width << level for level in range(5)]
        self.encoder = nn.ModuleList(
            pair(1 if level == 0 else channels[level - 1], channels[level]) for level in range(5)
        )
        self.up = nn.ModuleList(
            nn.ConvTranspose2d(channels[level + 1], channels[level], 2, 2) for level in (3, 2, 1, 0)
        )
        self.decoder = nn.ModuleList(pair(channels[level + 1], channels[level]) for level in (3, 2, 1, 0))
        self.head = nn.Conv2d(width, 1, 1)

    def forward(self, x):
        skipped = []
        for level, blocks in enumerate(self.encoder):
            x = blocks(F.max_pool2d(x, 2) if level else x)
            skipped.append(x)
        skipped.pop()
        for up, blocks in zip(self.up, self.decoder):
            x = blocks(torch.cat([skipped.pop(), up(x)], 1))
        return torch.sigmoid(self.head(x))


class Contender:
    def __init__(self, mode, width, size, batch, normalisation):
        torch.manual_seed(0)
        self.half = "bf16" in mode or "amp" in mode
        layout = torch.channels_last if "channels_last" in mode else torch.contiguous_format
        self.network = UNet(width, normalisation).to(DEVICE).to(memory_format=layout)
        self.forward = torch.compile(self.network) if "compile" in mode else self.network
        self.x = torch.randn(batch, 1, size, size, device=DEVICE).to(memory_format=layout)
        self.y = (torch.rand(batch, 1, size, size, device=DEVICE) > 0.9).float()
        self.optimiser = torch.optim.AdamW(
            self.network.parameters(), 1e-4, betas=(0.9, 0.95), weight_decay=0.05
        )
        kind = torch.float16 if DEVICE == "cuda" else torch.bfloat16
        self.autocast = lambda: torch.autocast(DEVICE, kind, enabled=self.half)
        self.scaler = torch.amp.GradScaler(DEVICE, enabled=self.half and DEVICE == "cuda")

    def train(self):
        self.network.train()
        self.optimiser.zero_grad(set_to_none=True)
        with self.autocast():
            prediction = self.forward(self.x)
        loss = F.mse_loss(prediction.float(), self.y)
        self.scaler.scale(loss).backward()
        self.scaler.step(self.optimiser)
        self.scaler.update()
        return loss.item()

    def infer(self):
        self.network.eval()
        with torch.no_grad(), self.autocast():
            return self.forward(self.x).float().cpu()


contenders = {}
for line in sys.stdin:
    order = json.loads(line)
    try:
        if order["do"] == "make":
            contenders = {}
            for mode in order["modes"]:
                setting = (order["width"], order["size"], order["batch"], order["normalisation"])
                contenders[mode] = Contender(mode, *setting)
                contenders[mode].train()
                contenders[mode].infer()
            answer = {"about": f"PyTorch {torch.__version__}, {torch.get_num_threads()} threads"}
            if DEVICE == "cuda":
                answer["about"] += f", {torch.cuda.get_device_name()}"
        else:
            action = getattr(contenders[order["mode"]], order["do"])
            action()
            start = time.perf_counter()
            action()
            answer = {"seconds": time.perf_counter() - start}
    except Exception as error:
        answer = {"error": f"{type(error).__name__}: {error}"[:400]}
    print(json.dumps(answer), flush=True)
