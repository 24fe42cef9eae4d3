"""The golden case of a loss that compares images, beside cross-entropy, for contrastive.py and triplet.py."""

import torch
from torch.nn.functional import cross_entropy


def logits_of(labels, size):
    """Logits that are float32 numbers, in float64."""
    return (2 * torch.randn([len(labels), size], dtype=torch.float64)).float().double().requires_grad_()


def case(logits, labels, compared, loss):
    """The loss of the logits and its gradient, as read by the tests; `compared` is the part that compares images."""
    weight = loss["weight"]
    hard = cross_entropy(logits, torch.tensor(labels), reduction=loss["reduction"])
    value = (1 - weight) * hard + weight * compared if weight < 1 else compared
    value.backward()
    return {
        "loss": loss,
        "shape": list(logits.shape),
        "logits": logits.flatten().tolist(),
        "labels": labels,
        "value": value.item(),
        "gradient": logits.grad.flatten().tolist(),
    }
