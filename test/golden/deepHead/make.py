"""Makes deepHead.json: a step of SGD through a head of two layers with dropout, by torch in float64.

torch: python3 test/golden/deepHead/make.py
"""

import json
from pathlib import Path

import torch
from torch import nn
from torch.nn.functional import cross_entropy, dropout

FEATURES, HIDDEN, CLASSES, EXAMPLES, RATIO = 12, 5, 3, 4, 0.4
torch.manual_seed(0)

head = nn.Sequential(nn.Dropout(RATIO), nn.Linear(FEATURES, HIDDEN), nn.ReLU(), nn.Dropout(RATIO), nn.Linear(HIDDEN, CLASSES))
network = nn.Sequential(nn.Flatten(), nn.Module()).double()
network.fc = head.double()
names = [name for name, _ in network.named_parameters()]
before = {name: value.detach().clone() for name, value in network.named_parameters()}
x = torch.randn(EXAMPLES, 3, 2, 2).double()
labels = torch.tensor([0, 2, 1, 1])

# The same numbers are drawn for ones as for the values themselves: these are the masks.
torch.manual_seed(1)
masks = [dropout(torch.ones(EXAMPLES, size).double(), RATIO) for size in (FEATURES, HIDDEN)]
torch.manual_seed(1)
logits = head.train()(x.flatten(1))
loss = cross_entropy(logits, labels)
loss.backward()
gradients = {name: value.grad.clone() for name, value in network.named_parameters()}
torch.optim.SGD(network.parameters(), lr=0.1, weight_decay=0.01).step()

flat = lambda tensor: [round(value, 9) for value in tensor.detach().flatten().tolist()]
facts = {
    "ratio": RATIO,
    "hidden": HIDDEN,
    "weights": {name: {"dims": list(value.shape), "data": flat(value)} for name, value in before.items()},
    "input": flat(x),
    "labels": labels.tolist(),
    "masks": [flat(mask) for mask in masks],
    "logits": flat(logits),
    "loss": loss.item(),
    "gradients": {name: flat(value) for name, value in gradients.items()},
    "after": {name: flat(value) for name, value in network.named_parameters()},
    "evaluation": flat(nn.Sequential(*head).eval()(x.flatten(1))),
}
Path(__file__).with_name("deepHead.json").write_text(json.dumps(facts) + "\n")
