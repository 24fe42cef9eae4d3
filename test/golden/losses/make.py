"""Golden losses of torch.nn.functional and their gradients with respect to the logits, in float64. python3 make.py"""

import itertools
import json
import pathlib

import torch
from torch.nn.functional import cross_entropy

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


cases = [
    crossEntropy(*facts)
    for facts in itertools.product(SHAPES, ["mean", "sum"], [0, 0.1], [False, True], ["classes", "probabilities"])
]
pathlib.Path(__file__).with_name("losses.json").write_text(json.dumps(cases) + "\n")
