"""ResNet-18 in PyTorch float64: logits, loss, gradients and three SGD steps for weights that both sides make by formula.

    pip install torch==2.13.0 numpy safetensors==0.8.0
    python make.py            # writes golden.safetensors, about 1 MB
    python make.py --scan 40  # how far each seed keeps away from kinks (see KINKS), to choose SEED

Numbers come from `numbers(name, count)`: a 32-bit hash of the name and the position, as 0 <= u < 1. The same arithmetic in
TypeScript is test/support/resnet18Golden.ts. Of large tensors, `picks` keeps 4,096 elements.

KINKS. A ReLU whose input is within rounding of 0 passes its gradient on in one float32 implementation and blocks it in
another, both correct. SEED is chosen so that float32 PyTorch agrees with float64 PyTorch in every gradient and parameter.
"""
import argparse
import os

import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F
from safetensors.torch import save_file

SEED = 16
BATCH, SIZE, CLASSES, STEPS = 4, 48, 3, 3
LR, HEAD_LR, WEIGHT_DECAY = 2e-4, 2e-3, 1e-3
PICKS = 4096


class BasicBlock(nn.Module):
    def __init__(self, inner, outer, stride):
        super().__init__()
        self.conv1 = nn.Conv2d(inner, outer, 3, stride, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(outer)
        self.conv2 = nn.Conv2d(outer, outer, 3, 1, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(outer)
        if stride != 1 or inner != outer:
            self.downsample = nn.Sequential(nn.Conv2d(inner, outer, 1, stride, bias=False), nn.BatchNorm2d(outer))

    def forward(self, x):
        y = F.relu(self.bn1(self.conv1(x)))
        y = self.bn2(self.conv2(y))
        return F.relu(y + (self.downsample(x) if hasattr(self, "downsample") else x))


class ResNet18(nn.Module):
    def __init__(self, classes):
        super().__init__()
        self.conv1 = nn.Conv2d(3, 64, 7, 2, 3, bias=False)
        self.bn1 = nn.BatchNorm2d(64)
        self.layer1 = nn.Sequential(BasicBlock(64, 64, 1), BasicBlock(64, 64, 1))
        self.layer2 = nn.Sequential(BasicBlock(64, 128, 2), BasicBlock(128, 128, 1))
        self.layer3 = nn.Sequential(BasicBlock(128, 256, 2), BasicBlock(256, 256, 1))
        self.layer4 = nn.Sequential(BasicBlock(256, 512, 2), BasicBlock(512, 512, 1))
        self.fc = nn.Linear(512, classes)

    def forward(self, x):
        x = F.max_pool2d(F.relu(self.bn1(self.conv1(x))), 3, 2, 1)
        x = self.layer4(self.layer3(self.layer2(self.layer1(x))))
        return self.fc(torch.flatten(F.adaptive_avg_pool2d(x, 1), 1))


def numbers(name, count, seed):
    """Uniform in [0, 1): FNV-1a of the name, then the finalizer of MurmurHash3 on hash + position."""
    start = np.uint32(0x811C9DC5)
    with np.errstate(over="ignore"):
        for byte in f"{seed}/{name}".encode():
            start = (start ^ np.uint32(byte)) * np.uint32(0x01000193)
        h = start + np.arange(count, dtype="u4") * np.uint32(0x9E3779B1)
        h = (h ^ (h >> np.uint32(16))) * np.uint32(0x85EBCA6B)
        h = (h ^ (h >> np.uint32(13))) * np.uint32(0xC2B2AE35)
        h = h ^ (h >> np.uint32(16))
    return h.astype("f8") / 2**32


def interval(name, shape):
    if name.endswith("running_mean"):
        return -0.1, 0.1
    if name.endswith("running_var"):
        return 0.5, 1.5
    if len(shape) == 4:
        bound = np.sqrt(6 / (shape[0] * shape[2] * shape[3]))
        return -bound, bound
    if len(shape) == 2 or name == "fc.bias":
        return -0.02, 0.02
    return (0.5, 1.5) if name.endswith("weight") else (-0.1, 0.1)


def filled(name, shape, low, high, seed):
    """Rounded to float32, so that both precisions begin with the same numbers."""
    values = low + (high - low) * numbers(name, int(np.prod(shape)), seed)
    return torch.from_numpy(values.astype("f4").reshape(shape))


def network(dtype, seed):
    net = ResNet18(CLASSES)
    state = {
        name: filled(name, tuple(tensor.shape), *interval(name, tuple(tensor.shape)), seed)
        for name, tensor in net.state_dict().items()
        if not name.endswith("num_batches_tracked")
    }
    net.load_state_dict(state, strict=False)
    return net.to(dtype)


def images(step, dtype, seed):
    return filled(f"images/{step}", (BATCH, 3, SIZE, SIZE), -2, 2, seed).to(dtype)


def labels(step, seed):
    return torch.from_numpy((numbers(f"labels/{step}", BATCH, seed) * CLASSES).astype("i8"))


def freeze(net):
    """Everything before layer4; its batch norm runs in inference mode."""
    for name, module in net.named_children():
        if name not in ("layer4", "fc"):
            module.eval().requires_grad_(False)


def logits(dtype, seed):
    net = network(dtype, seed).eval()
    with torch.no_grad():
        return {"logits": net(images(0, dtype, seed))}


def train(dtype, seed, frozen=False):
    net = network(dtype, seed).train()
    if frozen:
        freeze(net)
    body = [p for n, p in net.named_parameters() if p.requires_grad and not n.startswith("fc.")]
    groups = [{"params": body}, {"params": net.fc.parameters(), "lr": HEAD_LR}]
    optimizer = torch.optim.SGD(groups, lr=LR, weight_decay=WEIGHT_DECAY)
    out, losses = {}, []
    for step in range(STEPS):
        loss = F.cross_entropy(net(images(step, dtype, seed)), labels(step, seed), reduction="sum")
        optimizer.zero_grad()
        loss.backward()
        losses.append(loss.detach())
        if step == 0:
            out |= {f"gradient/{n}": p.grad.clone() for n, p in net.named_parameters() if p.requires_grad}
        optimizer.step()
    out["losses"] = torch.stack(losses)
    changed = [n for n in net.state_dict() if not n.endswith("num_batches_tracked")]
    if frozen:
        changed = [n for n in changed if n.startswith(("layer4.", "fc."))]
    return out | {f"after/{n}": net.state_dict()[n].clone() for n in changed}


def run(dtype, seed):
    frozen = train(dtype, seed, frozen=True)
    return logits(dtype, seed) | train(dtype, seed) | {f"frozen/{key}": tensor for key, tensor in frozen.items()}


def picks(name, size, seed):
    """One element of each of 4,096 equal stretches; all elements of a small tensor."""
    if size <= PICKS:
        return np.arange(size)
    return ((np.arange(PICKS) + numbers(f"picks/{name}", PICKS, seed)) * size / PICKS).astype("i8")


def agreement(seed):
    """Worst 1 - cosine of a gradient, worst relative error of a parameter or statistic after the steps, of the losses."""
    exact, rounded = run(torch.float64, seed), run(torch.float32, seed)
    cosine = lambda a, b: F.cosine_similarity(a.flatten(), b.flatten().double(), 0).item()
    relative = lambda a, b: ((a - b).abs().max() / a.abs().max()).item()
    return (
        max((1 - cosine(exact[k], rounded[k]), k) for k in exact if "gradient/" in k),
        max((relative(exact[k], rounded[k]), k) for k in exact if "after/" in k),
        max(relative(exact[k], rounded[k]) for k in exact if k.endswith("losses")),
        relative(exact["logits"], rounded["logits"]),
    )


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--scan", type=int)
    scan = parser.parse_args().scan
    torch.set_num_threads(1)
    torch.backends.nnpack.set_flags(False)
    if scan:
        for seed in range(scan):
            print(seed, *agreement(seed), flush=True)
        return
    exact, out = run(torch.float64, SEED), {}
    for key, tensor in exact.items():
        kind, name = key.rpartition("/")[::2]
        if not kind.endswith(("gradient", "after")):
            out[key] = tensor
            continue
        chosen = torch.from_numpy(picks(name, tensor.numel(), SEED))
        out[key] = tensor.flatten()[chosen].float()
        if kind.endswith("gradient"):
            out[key.replace("gradient/", "norm/")] = tensor.norm()
    out["logits"] = out["logits"].float()
    facts = {"seed": SEED, "batch": BATCH, "size": SIZE, "classes": CLASSES, "steps": STEPS, "lr": LR, "headLr": HEAD_LR,
             "weightDecay": WEIGHT_DECAY}
    path = os.path.join(os.path.dirname(os.path.abspath(__file__)), "golden.safetensors")
    save_file(out, path, metadata={key: str(value) for key, value in facts.items()})
    os.chmod(path, 0o644)
    print(exact["losses"].tolist(), exact["frozen/losses"].tolist(), *agreement(SEED), sep="\n")


if __name__ == "__main__":
    main()
