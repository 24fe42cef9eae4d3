"""Golden supervised contrastive losses (arXiv 2004.11362) and their gradients with respect to the logits, in float64: each
image by itself, after the formula, without the matrices of the graph. python3 contrastive.py"""

import json
import pathlib

import torch
from torch.nn.functional import cosine_similarity, cross_entropy

torch.manual_seed(2)


def contrastive(labels, size, reduction, temperature, weight):
    logits = (2 * torch.randn([len(labels), size], dtype=torch.float64)).float().double().requires_grad_()
    losses = []
    for i, label in enumerate(labels):
        others = [j for j in range(len(labels)) if j != i]
        similarities = torch.stack([cosine_similarity(logits[i], logits[j], dim=0) for j in others]) / temperature
        log_p = similarities.log_softmax(0)
        positives = [k for k, j in enumerate(others) if labels[j] == label]
        losses.append(-log_p[positives].mean() if positives else logits.sum() * 0)
    contrast = torch.stack(losses)
    contrast = contrast.mean() if reduction == "mean" else contrast.sum()
    hard = cross_entropy(logits, torch.tensor(labels), reduction=reduction)
    loss = (1 - weight) * hard + weight * contrast if weight < 1 else contrast
    loss.backward()
    return {
        "loss": {"type": "supervisedContrastive", "reduction": reduction, "temperature": temperature, "weight": weight},
        "shape": [len(labels), size],
        "logits": logits.flatten().tolist(),
        "labels": labels,
        "value": loss.item(),
        "gradient": logits.grad.flatten().tolist(),
    }


cases = [
    contrastive([0, 1, 0, 1, 2, 2], 4, "mean", 0.1, 1),
    contrastive([0, 1, 0, 0, 3, 1, 0], 5, "sum", 0.5, 1),
    contrastive([0, 1, 0, 1, 2, 1], 3, "mean", 0.2, 0.3),
]
path = pathlib.Path(__file__).with_name("contrastive.json")
path.write_text(json.dumps(cases) + "\n")
