"""Makes depth.json: a step of SGD through three residual branches with torchvision's stochastic depth, in float64.

The test makes the same weights and images: sin(k + 0.7 i) for element i of tensor k.

torch, torchvision: python3 test/golden/depth/make.py
"""

import json
from pathlib import Path

import torch
from torch import nn
from torch.nn.functional import cross_entropy
from torchvision.ops import stochastic_depth

EXAMPLES, RATIOS = 6, [0.25, 0.5]


def conv(inputs, outputs, kernel, stride=1):
    return nn.Conv2d(inputs, outputs, kernel, stride, padding=kernel // 2, bias=False)


class Network(nn.Module):
    def __init__(self):
        super().__init__()
        self.stem = conv(3, 16, 3)
        self.conv1, self.bn1, self.conv2, self.bn2 = conv(16, 16, 3), nn.BatchNorm2d(16), conv(16, 16, 3), nn.BatchNorm2d(16)
        self.conv3, self.bn3, self.conv4, self.bn4 = conv(16, 32, 3, 2), nn.BatchNorm2d(32), conv(32, 32, 3), nn.BatchNorm2d(32)
        self.conv5, self.bn5 = conv(16, 32, 1, 2), nn.BatchNorm2d(32)
        self.fc1, self.fc2, self.fc = nn.Linear(32, 8), nn.Linear(8, 32), nn.Linear(32, 3)

    def forward(self, x):
        drop = lambda value, ratio: stochastic_depth(value, ratio, "row", self.training)
        x = self.stem(x).relu()
        x = (x + self.bn2(self.conv2(self.bn1(self.conv1(x)).relu()))).relu()
        x = (self.bn5(self.conv5(x)) + drop(self.bn4(self.conv4(self.bn3(self.conv3(x)).relu())), RATIOS[0])).relu()
        x = x.permute(0, 2, 3, 1)
        x = x + drop(self.fc2(self.fc1(x).relu()), RATIOS[1])
        return self.fc(x.mean((1, 2)))


def fill(k, tensor, scale, offset=0.0):
    values = torch.sin(k + 0.7 * torch.arange(tensor.numel(), dtype=torch.float64))
    return (offset + scale * values).reshape(tensor.shape)


network = Network().double()
with torch.no_grad():
    for k, (name, value) in enumerate(network.named_parameters()):
        isNorm = name.startswith("bn") and name.endswith("weight")
        value.copy_(fill(k, value, 0.3, 1.0) if isNorm else fill(k, value, 0.3))
images = fill(100, torch.zeros(EXAMPLES, 3, 8, 8), 1)
labels = torch.tensor([0, 2, 1, 1, 0, 2])

# The same numbers are drawn for ones as for the values themselves: these are the masks.
torch.manual_seed(2)
masks = [stochastic_depth(torch.ones(EXAMPLES, 1).double(), ratio, "row") for ratio in RATIOS]
torch.manual_seed(2)
logits = network.train()(images)
loss = cross_entropy(logits, labels)
loss.backward()

flat = lambda tensor: [round(value, 9) for value in tensor.detach().flatten().tolist()]
facts = {
    "masks": [flat(mask) for mask in masks],
    "logits": flat(logits),
    "loss": loss.item(),
    # The first values, and the sum of the magnitudes of all.
    "gradients": {
        name: {"first": flat(value.grad)[:8], "sum": value.grad.abs().sum().item()}
        for name, value in network.named_parameters()
    },
}
Path(__file__).with_name("depth.json").write_text(json.dumps(facts) + "\n")
