"""Makes swa.json: stochastic weight averaging of a small network, by torch.optim.swa_utils in float64.

torch: python3 test/golden/swa/make.py
"""

import json
from pathlib import Path

import torch
from torch import nn
from torch.nn.functional import cross_entropy
from torch.optim.swa_utils import AveragedModel, update_bn

SIDE, FROM = 4, 3
# The batches of each epoch: those that a run with seed 0 has. The last ones are for the statistics.
ORDERS = [
    [[5, 4], [2, 3], [0, 1]],
    [[1, 0], [2, 4], [5, 3]],
    [[2, 5], [1, 3], [4, 0]],
    [[5, 3], [2, 1], [4, 0]],
    [[3, 1], [5, 0], [2, 4]],
]
torch.manual_seed(0)


class Network(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(3, 4, 3, padding=1)
        self.bn = nn.BatchNorm2d(4)
        self.fc = nn.Linear(4, 2)

    def forward(self, x):
        return self.fc(self.bn(self.conv(x)).relu().mean((2, 3)))


network = Network().double()
before = {name: value.detach().clone() for name, value in network.named_parameters()}
# Bytes, [image, row, column, channel], as an image has them.
pixels = torch.tensor([(i * 89 + i * i * 7) % 256 for i in range(6 * SIDE * SIDE * 3)]).reshape(6, SIDE, SIDE, 3)
images = pixels.permute(0, 3, 1, 2).double() / 255
labels = torch.tensor([0, 1, 0, 1, 0, 1])
optimizer = torch.optim.SGD(network.parameters(), lr=0.2)
average = AveragedModel(network)
for epoch, order in enumerate(ORDERS[:-1], 1):
    for batch in order:
        optimizer.zero_grad()
        cross_entropy(network.train()(images[batch]), labels[batch]).backward()
        optimizer.step()
    if epoch >= FROM:
        average.update_parameters(network)
update_bn([images[batch] for batch in ORDERS[-1]], average)
update_bn([images[batch] for batch in ORDERS[-1]], network)

flat = lambda state: {
    name: [round(number, 8) for number in value.flatten().tolist()]
    for name, value in state.items()
    if "num_batches" not in name
}
facts = {
    "from": FROM,
    "orders": ORDERS,
    "weights": {name: {"dims": list(value.shape), "data": value.flatten().tolist()} for name, value in before.items()},
    "average": flat(average.module.state_dict()),
    "reestimated": flat(network.state_dict()),
    "loss": cross_entropy(average.eval()(images), labels).item(),
}
Path(__file__).with_name("swa.json").write_text(json.dumps(facts) + "\n")
