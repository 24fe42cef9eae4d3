"""Three SGD steps of a small network with batch norm in PyTorch: session.bin (float32) and session.json (what lies where). python3 make.py"""

import json
import pathlib

import numpy as np
import torch
from torch import nn

torch.manual_seed(0)


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(3, 4, 3, padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(4)
        self.conv2 = nn.Conv2d(4, 6, 3, stride=2, padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(6)
        self.fc = nn.Linear(6, 3)

    def forward(self, x):
        x = torch.relu(self.bn1(self.conv1(x)))
        x = torch.relu(self.bn2(self.conv2(x)))
        return self.fc(x.mean((2, 3)))


net = Net()
for bn in (net.bn1, net.bn2):
    nn.init.uniform_(bn.weight, 0.5, 1.5)
    nn.init.normal_(bn.bias)
index, blob = {}, []


def keep(name, tensor):
    array = tensor.detach().numpy().astype(np.float32).copy()
    index[name] = {"offset": sum(a.size for a in blob), "dims": list(array.shape)}
    blob.append(array.ravel())


def keep_state(prefix):
    for name, tensor in net.state_dict().items():
        if tensor.is_floating_point():
            keep(f"{prefix}/{name}", tensor)


head = [p for n, p in net.named_parameters() if n.startswith("fc")]
body = [p for n, p in net.named_parameters() if not n.startswith("fc")]
optimizer = torch.optim.SGD(
    [{"params": body, "lr": 0.05}, {"params": head, "lr": 0.5}], momentum=0.9, weight_decay=1e-2
)
inputs, labels = torch.randn(3, 5, 3, 8, 8), torch.randint(0, 3, (3, 5))
keep("inputs", inputs)
keep_state("start")
losses = []
for x, y in zip(inputs, labels):
    net.train()
    optimizer.zero_grad()
    loss = nn.functional.cross_entropy(net(x), y)
    loss.backward()
    if not losses:
        for name, parameter in net.named_parameters():
            keep(f"gradient/{name}", parameter.grad)
    optimizer.step()
    losses.append(loss.item())
keep_state("end")
net.eval()
keep("logits", net(inputs[0]))
evaluation = nn.functional.cross_entropy(net(inputs[0]), labels[0]).item()
here = pathlib.Path(__file__).parent
np.concatenate(blob).tofile(here / "session.bin")
facts = {"labels": labels.tolist(), "losses": losses, "evaluation": evaluation, "tensors": index}
(here / "session.json").write_text(json.dumps(facts, indent=1))
