"""Golden triplet losses (Hermans et al., 2017, arXiv 1703.07737) and their gradients with respect to the logits, in float64:
triplet by triplet, after the formulas, without the matrices of the graph. python3 triplet.py"""

import json
import pathlib

import torch
from torch.nn.functional import normalize

from comparing import case, logits_of

torch.manual_seed(3)


def of_image(distances, labels, i, margin, mining):
    """The excess of the hardest triplet of an image, or of each of its triplets."""
    positives = [distances[i][j] for j in range(len(labels)) if j != i and labels[j] == labels[i]]
    negatives = [distances[i][j] for j in range(len(labels)) if labels[j] != labels[i]]
    if not positives or not negatives:
        return []
    if mining == "batchHard":
        return [(margin + max(positives) - min(negatives)).clamp(min=0)]
    return [(margin + p - n).clamp(min=0) for p in positives for n in negatives]


def triplet(labels, size, reduction, mining, margin, weight):
    logits = logits_of(labels, size)
    vectors = normalize(logits)
    distances = [[(a - b).norm() for b in vectors] for a in vectors]
    found = [excess for i in range(len(labels)) for excess in of_image(distances, labels, i, margin, mining)]
    counted = len(labels) if mining == "batchHard" else max(1, sum(excess.item() > 0 for excess in found))
    compared = torch.stack(found).sum() / counted * (len(labels) if reduction == "sum" else 1)
    facts = {"mining": mining, "margin": margin, "weight": weight}
    return case(logits, labels, compared, {"type": "triplet", "reduction": reduction, **facts})


cases = [
    triplet([0, 1, 0, 1, 2, 2], 4, "mean", "batchHard", 0.2, 1),
    triplet([0, 1, 0, 0, 3, 1, 0], 5, "sum", "batchHard", 0.5, 1),
    triplet([0, 1, 0, 1, 2, 1], 3, "mean", "batchHard", 1, 0.3),
    triplet([0, 1, 0, 1, 2, 2], 4, "mean", "batchAll", 0.2, 1),
    triplet([0, 1, 0, 0, 3, 1, 0], 5, "sum", "batchAll", 0.5, 1),
    triplet([0, 1, 0, 1, 2, 1], 3, "mean", "batchAll", 1, 0.3),
]
path = pathlib.Path(__file__).with_name("triplet.json")
path.write_text(json.dumps(cases) + "\n")
