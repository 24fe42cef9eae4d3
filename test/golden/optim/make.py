"""Golden numbers of torch.optim and timm: parameters after some of 50 steps, and learning rates of schedulers. python3 make.py"""

import json
import pathlib

import torch
from timm.optim import Lamb, Lion

STEPS = 50
KEPT = [1, 2, 3, 4, 5, 10, 25, 50]
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
    "rmsProp": (
        torch.optim.RMSprop,
        [
            {"params": ["a"], "lr": 0.01, "alpha": 0.99, "eps": 1e-8},
            {"params": ["b"], "lr": 0.02, "alpha": 0.9, "eps": 1e-3, "momentum": 0.9, "weight_decay": 0.1},
            {"params": ["c"], "lr": 0.01, "alpha": 0.95, "eps": 1e-2, "momentum": 0.5, "centered": True},
        ],
    ),
    "lion": (
        Lion,
        [
            {"params": ["a"], "lr": 0.01},
            {"params": ["b", "c"], "lr": 0.003, "betas": (0.95, 0.98), "weight_decay": 0.5},
        ],
    ),
    "lamb": (
        lambda groups: Lamb(groups, max_grad_norm=None),
        [
            {"params": ["a", "b"], "lr": 0.01},
            {"params": ["c"], "lr": 0.02, "betas": (0.5, 0.9), "eps": 1e-3, "weight_decay": 0.0},
        ],
    ),
}


def rates(make, steps=10):
    optimizer = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=1.0)
    scheduler = make(optimizer)
    out = []
    for _ in range(steps):
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
        if step + 1 in KEPT:
            after.append({"step": step + 1, **flat({key: value.detach() for key, value in tensors.items()})})
    cases.append({"name": name, "groups": groups, "after": after})

S = torch.optim.lr_scheduler
schedules = {
    "cosine": rates(lambda o: S.CosineAnnealingLR(o, T_max=10, eta_min=0.1)),
    "oneCycle": rates(lambda o: S.OneCycleLR(o, max_lr=1.0, total_steps=11)),
    "oneCycle, linear": rates(lambda o: S.OneCycleLR(o, max_lr=1.0, total_steps=11, anneal_strategy="linear")),
    "step": rates(lambda o: S.StepLR(o, step_size=3, gamma=0.5)),
    "multiStep": rates(lambda o: S.MultiStepLR(o, milestones=[2, 3, 7], gamma=0.1)),
    "exponential": rates(lambda o: S.ExponentialLR(o, gamma=0.9)),
    "polynomial": rates(lambda o: S.PolynomialLR(o, total_iters=8, power=2.0)),
    "restarts": rates(lambda o: S.CosineAnnealingWarmRestarts(o, T_0=3, T_mult=2, eta_min=0.1), 30),
    "linearWarmup": rates(lambda o: S.LinearLR(o, start_factor=0.25, total_iters=4)),
}
LOSSES = [1.0, 0.9, 0.9, 0.95, 0.9, 0.89, 0.7, 0.7, 0.71, 0.72, 0.7, 0.699999, 0.6, 0.6, 0.6, 0.6, 0.6, 0.6, 0.6, 0.6]


def plateau(**options):
    optimizer = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=1.0)
    scheduler = S.ReduceLROnPlateau(optimizer, **options)
    out = []
    for loss in LOSSES:
        scheduler.step(loss if options.get("mode", "min") == "min" else 1 - loss)
        out.append(optimizer.param_groups[0]["lr"])
    return out


plateaus = {
    "losses": LOSSES,
    "plain": plateau(patience=1, factor=0.5),
    "cooldown": plateau(patience=1, factor=0.5, cooldown=2, threshold=0.05),
    "accuracy": plateau(mode="max", patience=0, factor=0.5, min_lr=0.1),
}
golden = {"dims": DIMS, "start": flat(start), "gradients": [flat(g) for g in gradients], "cases": cases}
text = json.dumps({**golden, "schedules": schedules, "plateaus": plateaus}, indent=1)
(pathlib.Path(__file__).parent / "optim.json").write_text(text)
