"""Golden numbers of torch.optim: parameters after each of five steps, and learning rates of its schedulers. python3 make.py"""

import json
import pathlib

import torch

STEPS = 5
DIMS = {"a": [3, 4], "b": [5], "c": [2, 2, 2]}
CASES = {
    "sgd": (torch.optim.SGD, [{"params": ["a", "b", "c"], "lr": 0.1}]),
    "sgd with momentum and decay in groups": (
        torch.optim.SGD,
        [
            {"params": ["a"], "lr": 0.1, "momentum": 0.9, "weight_decay": 1e-2},
            {"params": ["b"], "lr": 0.01, "momentum": 0.9, "weight_decay": 0.1, "nesterov": True},
            {"params": ["c"], "lr": 0.5, "momentum": 0.0, "weight_decay": 1e-3},
        ],
    ),
    "adam": (
        torch.optim.Adam,
        [
            {"params": ["a", "b"], "lr": 0.1, "betas": (0.9, 0.999), "eps": 1e-8, "weight_decay": 0.0},
            {"params": ["c"], "lr": 0.01, "betas": (0.5, 0.9), "eps": 1e-3, "weight_decay": 0.1},
        ],
    ),
    "adamW": (
        torch.optim.AdamW,
        [
            {"params": ["a", "b"], "lr": 0.1, "betas": (0.9, 0.999), "eps": 1e-8, "weight_decay": 0.01},
            {"params": ["c"], "lr": 0.01, "betas": (0.0, 0.9), "eps": 1e-3, "weight_decay": 0.1},
        ],
    ),
}


def rates(make):
    optimizer = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=1.0)
    scheduler = make(optimizer)
    out = []
    for _ in range(10):
        out.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        scheduler.step()
    return out


torch.manual_seed(0)
start = {name: torch.randn(dims) for name, dims in DIMS.items()}
gradients = [{name: torch.randn(dims) for name, dims in DIMS.items()} for _ in range(STEPS)]
flat = lambda tensors: {name: tensor.flatten().tolist() for name, tensor in tensors.items()}

cases = []
for name, (Optimizer, groups) in CASES.items():
    tensors = {key: value.clone().requires_grad_() for key, value in start.items()}
    optimizer = Optimizer([{**group, "params": [tensors[p] for p in group["params"]]} for group in groups])
    after = []
    for step, gradient in enumerate(gradients):
        if step == 3:  # a schedule moves the rates
            for group in optimizer.param_groups:
                group["lr"] *= 0.5
        for key, tensor in tensors.items():
            tensor.grad = gradient[key].clone()
        optimizer.step()
        after.append(flat({key: value.detach() for key, value in tensors.items()}))
    cases.append({"name": name, "groups": groups, "after": after})

S = torch.optim.lr_scheduler
schedules = {
    "cosine": rates(lambda o: S.CosineAnnealingLR(o, T_max=10, eta_min=0.1)),
    "oneCycle": rates(lambda o: S.OneCycleLR(o, max_lr=1.0, total_steps=11)),
    "oneCycle, linear": rates(lambda o: S.OneCycleLR(o, max_lr=1.0, total_steps=11, anneal_strategy="linear")),
    "linearWarmup": rates(lambda o: S.LinearLR(o, start_factor=0.25, total_iters=4)),
}
golden = {"dims": DIMS, "start": flat(start), "gradients": [flat(g) for g in gradients], "cases": cases}
text = json.dumps({**golden, "schedules": schedules}, indent=1)
(pathlib.Path(__file__).parent / "optim.json").write_text(text)
