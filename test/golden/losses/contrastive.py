"""Golden supervised contrastive losses (arXiv 2004.11362) and their gradients with respect to the logits, in float64: each
image by itself, after the formula, without the matrices of the graph. python3 contrastive.py"""

import json
import pathlib

import torch
from torch.nn.functional import cosine_similarity

from comparing import case, logits_of

torch.manual_seed(2)


def contrastive(labels, size, reduction, temperature, weight):
    logits = logits_of(labels, size)
    losses = []
    for i, label in enumerate(labels):
        others = [j for j in range(len(labels)) if j != i]
        similarities = torch.stack([cosine_similarity(logits[i], logits[j], dim=0) for j in others]) / temperature
        log_p = similarities.log_softmax(0)
        positives = [k for k, j in enumerate(others) if labels[j] == label]
        losses.append(-log_p[positives].mean() if positives else logits.sum() * 0)
    contrast = torch.stack(losses)
    contrast = contrast.mean() if reduction == "mean" else contrast.sum()
    facts = {"temperature": temperature, "weight": weight}
    return case(logits, labels, contrast, {"type": "supervisedContrastive", "reduction": reduction, **facts})


cases = [
    contrastive([0, 1, 0, 1, 2, 2], 4, "mean", 0.1, 1),
    contrastive([0, 1, 0, 0, 3, 1, 0], 5, "sum", 0.5, 1),
    contrastive([0, 1, 0, 1, 2, 1], 3, "mean", 0.2, 0.3),
]
path = pathlib.Path(__file__).with_name("contrastive.json")
path.write_text(json.dumps(cases) + "\n")
