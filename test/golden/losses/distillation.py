"""Golden distillation losses of torch.nn.functional and their gradients, in float64. python3 distillation.py"""

import json
import pathlib

import torch
from torch.nn.functional import cross_entropy, kl_div

torch.manual_seed(1)


def distillation(shape, reduction, temperature, weight, kind):
    """(1 - w) L + w T^2 KL(teacher || student); the mean is over examples, of maps over their positions too."""
    logits = (2 * torch.randn(shape, dtype=torch.float64)).requires_grad_()
    teacher = (2 * torch.randn(shape, dtype=torch.float64)).float().double()
    labels = torch.randint(0, shape[1], [shape[0], *shape[2:]])
    of_labels = {"type": "crossEntropy", "targets": "classes"}
    if kind == "smoothed":
        of_labels["labelSmoothing"] = 0.1
    if kind == "probabilities":
        of_labels["targets"] = kind
        labels = torch.randn(shape, dtype=torch.float64).softmax(1).float().double()
    if kind == "focal":
        entropy = cross_entropy(logits, labels, reduction="none")
        losses = (1 - torch.exp(-entropy)) ** 2 * entropy
        hard = losses.mean() if reduction == "mean" else losses.sum()
        of_labels = {"type": "focal", "gamma": 2}
    else:
        hard = cross_entropy(
            logits, labels, reduction=reduction, label_smoothing=of_labels.get("labelSmoothing", 0)
        )
    soft = kl_div((logits / temperature).log_softmax(1), (teacher / temperature).softmax(1), reduction="sum")
    if reduction == "mean":
        soft = soft / (logits.numel() / shape[1])
    loss = (1 - weight) * hard + weight * temperature**2 * soft
    loss.backward()
    return {
        "loss": {
            "type": "distillation",
            "reduction": reduction,
            "teacher": "teacher",
            "temperature": temperature,
            "weight": weight,
            "ofLabels": of_labels,
        },
        "shape": shape,
        "logits": logits.flatten().tolist(),
        "teacher": teacher.flatten().tolist(),
        "labels": labels.flatten().tolist(),
        "value": loss.item(),
        "gradient": logits.grad.flatten().tolist(),
    }


EXAMPLES, MAPS = [4, 3], [2, 3, 2]
cases = [
    distillation(EXAMPLES, "mean", 4, 0.5, "classes"),
    distillation(EXAMPLES, "sum", 1, 1, "classes"),
    distillation(EXAMPLES, "mean", 2.5, 0.9, "smoothed"),
    distillation(EXAMPLES, "sum", 3, 0.3, "probabilities"),
    distillation(EXAMPLES, "mean", 2, 0.5, "focal"),
    distillation(MAPS, "mean", 4, 0.5, "classes"),
]
pathlib.Path(__file__).with_name("distillation.json").write_text(json.dumps(cases) + "\n")
