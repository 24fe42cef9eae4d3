"""Makes lora.json: outputs, loss and gradients of a small network with adapters of low rank, by torch in float64.

torch: python3 test/golden/lora/make.py
"""

import json
from pathlib import Path

import torch
from torch.nn.functional import conv2d, cross_entropy, linear

RANK, ALPHA = 2, 3
SCALE = ALPHA / RANK
random = torch.Generator().manual_seed(0)


def tensor(*shape):
    return torch.randn(shape, generator=random).double() * 0.5


weights = {
    "conv.weight": tensor(4, 3, 3, 3),
    "conv.bias": tensor(4),
    "mix": tensor(4, 5),
    "hidden.weight": tensor(6, 5),
    "hidden.bias": tensor(6),
    "fc.weight": tensor(2, 6),
    "fc.bias": tensor(2),
    "conv.lora_A.weight": tensor(RANK, 3, 3, 3),
    "conv.lora_B.weight": tensor(4, RANK, 1, 1),
    "mix.lora_A.weight": tensor(4, RANK),
    "mix.lora_B.weight": tensor(RANK, 5),
    "hidden.lora_A.weight": tensor(RANK, 5),
    "hidden.lora_B.weight": tensor(6, RANK),
}
w = {name: value.requires_grad_() for name, value in weights.items()}
x = tensor(3, 3, 6, 6)
labels = torch.tensor([0, 1, 1])
how = {"stride": 2, "padding": 1}

maps = conv2d(x, w["conv.weight"], w["conv.bias"], **how)
maps = maps + SCALE * conv2d(conv2d(x, w["conv.lora_A.weight"], **how), w["conv.lora_B.weight"])
pooled = maps.relu().mean((2, 3))
mixed = pooled @ w["mix"] + SCALE * (pooled @ w["mix.lora_A.weight"] @ w["mix.lora_B.weight"])
hidden = linear(mixed, w["hidden.weight"], w["hidden.bias"])
hidden = hidden + SCALE * linear(linear(mixed, w["hidden.lora_A.weight"]), w["hidden.lora_B.weight"])
logits = linear(hidden, w["fc.weight"], w["fc.bias"])
loss = cross_entropy(logits, labels)
loss.backward()

trained = [name for name in w if "lora" in name or name.startswith("fc")]
facts = {
    "rank": RANK,
    "alpha": ALPHA,
    "weights": {name: {"dims": list(value.shape), "data": value.detach().flatten().tolist()} for name, value in w.items()},
    "input": x.flatten().tolist(),
    "labels": labels.tolist(),
    "logits": logits.detach().flatten().tolist(),
    "loss": loss.item(),
    "gradients": {name: w[name].grad.flatten().tolist() for name in trained},
}
Path(__file__).with_name("lora.json").write_text(json.dumps(facts) + "\n")
