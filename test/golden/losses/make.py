"""Golden losses of torch.nn.functional and their gradients with respect to the logits, in float64. python3 make.py"""

import itertools
import json
import pathlib

import torch
from torch.nn.functional import binary_cross_entropy_with_logits, cross_entropy, huber_loss, mse_loss

from torchvision.ops import sigmoid_focal_loss

torch.manual_seed(0)
SHAPES = [[6, 4], [3, 4, 2, 2]]


def crossEntropy(shape, reduction, smoothing, weighted, kind):
    logits = torch.randn(shape, dtype=torch.float64, requires_grad=True)
    classes = shape[1]
    spatial = [shape[0], *shape[2:]]
    weights = (torch.rand(classes, dtype=torch.float64) + 0.25).float().double() if weighted else None
    if kind == "classes":
        labels = torch.randint(0, classes, spatial)
        labels.flatten()[1] = -1
    else:
        labels = torch.randn(shape, dtype=torch.float64).softmax(1).float().double()
    loss = cross_entropy(
        logits, labels, weight=weights, reduction=reduction, label_smoothing=smoothing, ignore_index=-1
    )
    loss.backward()
    return {
        "loss": {
            "type": "crossEntropy",
            "reduction": reduction,
            "labelSmoothing": smoothing,
            "targets": kind,
            **({"classWeights": weights.tolist()} if weighted else {}),
        },
        "shape": shape,
        "logits": logits.flatten().tolist(),
        "labels": labels.flatten().tolist(),
        "value": loss.item(),
        "gradient": logits.grad.flatten().tolist(),
    }


def dense(kind, shape, reduction, options):
    """Losses of every output against its own target."""
    logits = (3 * torch.randn(shape, dtype=torch.float64)).requires_grad_()
    weights = (torch.rand(shape[1], dtype=torch.float64) * 3 + 0.25).float().double()
    zeros_and_ones = torch.randint(0, 2, shape).double()
    if kind == "binaryCrossEntropy":
        soft = options.pop("soft")
        labels = torch.rand(shape, dtype=torch.float64).float().double() if soft else zeros_and_ones
        weighted = options.pop("weighted")
        spread = weights.reshape(-1, *[1] * (len(shape) - 2)) if weighted else None
        loss = binary_cross_entropy_with_logits(logits, labels, pos_weight=spread, reduction=reduction)
        options = {"positiveWeights": weights.tolist()} if weighted else {}
    elif kind == "sigmoidFocal":
        labels = zeros_and_ones
        alpha = options.get("alpha", -1)
        loss = sigmoid_focal_loss(logits, labels, alpha=alpha, gamma=options["gamma"], reduction=reduction)
    else:
        labels = (2 * torch.randn(shape, dtype=torch.float64)).float().double()
        if kind == "huber":
            loss = huber_loss(logits, labels, reduction=reduction, delta=options["delta"])
        else:
            loss = mse_loss(logits, labels, reduction=reduction)
    return case({"type": kind, "reduction": reduction, **options}, shape, logits, labels, loss)


def focal(shape, reduction, gamma, weighted):
    """The softmax form, written with torch's cross-entropy."""
    logits = (2 * torch.randn(shape, dtype=torch.float64)).requires_grad_()
    labels = torch.randint(0, shape[1], [shape[0], *shape[2:]])
    weights = (torch.rand(shape[1], dtype=torch.float64) + 0.25).float().double() if weighted else None
    entropy = cross_entropy(logits, labels, weight=weights, reduction="none")
    rest = 1 - torch.exp(-cross_entropy(logits, labels, reduction="none"))
    losses = rest**gamma * entropy
    loss = losses.mean() if reduction == "mean" else losses.sum()
    facts = {"type": "focal", "reduction": reduction, "gamma": gamma}
    return case({**facts, **({"classWeights": weights.tolist()} if weighted else {})}, shape, logits, labels, loss)


def case(facts, shape, logits, labels, loss):
    loss.backward()
    return {
        "loss": facts,
        "shape": shape,
        "logits": logits.flatten().tolist(),
        "labels": labels.flatten().tolist(),
        "value": loss.item(),
        "gradient": logits.grad.flatten().tolist(),
    }


cases = [
    crossEntropy(*facts)
    for facts in itertools.product(SHAPES, ["mean", "sum"], [0, 0.1], [False, True], ["classes", "probabilities"])
]
SMALL = [[4, 3], [2, 3, 2]]
cases += [
    dense("binaryCrossEntropy", shape, reduction, {"soft": soft, "weighted": weighted})
    for shape, reduction, soft, weighted in itertools.product(SMALL, ["mean", "sum"], [False, True], [False, True])
]
cases += [
    focal(shape, reduction, gamma, weighted)
    for shape, reduction, gamma, weighted in itertools.product(SMALL, ["mean", "sum"], [0, 1, 2.5], [False, True])
]
cases += [
    dense("sigmoidFocal", shape, reduction, dict(options))
    for shape in SMALL
    for reduction in ["mean", "sum"]
    for options in [{"gamma": 2}, {"gamma": 2, "alpha": 0.25}, {"gamma": 0.5, "alpha": 0.75}, {"gamma": 0}]
]
cases += [
    dense(kind, shape, reduction, dict(options))
    for shape in SMALL
    for reduction in ["mean", "sum"]
    for kind, options in [("meanSquaredError", {}), ("huber", {"delta": 1}), ("huber", {"delta": 0.3})]
]
pathlib.Path(__file__).with_name("losses.json").write_text(json.dumps(cases) + "\n")
