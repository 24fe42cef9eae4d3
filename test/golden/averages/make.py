"""Golden numbers of torch.optim.swa_utils: averages of the weights and buffers of a small module. python3 make.py"""

import json
import pathlib

import torch
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn

STEPS = 12
DECAY = 0.7
DIMS = {"weight": [3, 4], "kernel": [5, 1, 1], "running_mean": [2]}


class Module(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.weight = torch.nn.Parameter(torch.randn(DIMS["weight"]))
        self.kernel = torch.nn.Parameter(torch.randn(DIMS["kernel"]))
        self.register_buffer("running_mean", torch.randn(DIMS["running_mean"]))


@torch.no_grad()
def warm(averages, values, updates):
    """TensorFlow's decay: the first update of an AveragedModel copies, so `updates` is the number of this step."""
    decay = min(DECAY, (1 + int(updates)) / (10 + int(updates)))
    for average, value in zip(averages, values):
        average.lerp_(value, 1 - decay)


torch.manual_seed(0)
module = Module()
kinds = {
    "ema": AveragedModel(module, multi_avg_fn=get_ema_multi_avg_fn(DECAY), use_buffers=True),
    "warm": AveragedModel(module, multi_avg_fn=warm, use_buffers=True),
    "mean": AveragedModel(module, use_buffers=True),
}
values = []
for step in range(STEPS + 1):
    values.append({name: tensor.flatten().tolist() for name, tensor in module.state_dict().items()})
    for average in kinds.values():
        average.update_parameters(module)
    with torch.no_grad():
        for tensor in module.state_dict().values():
            tensor += torch.randn_like(tensor)

averages = {
    kind: {name: average.module.state_dict()[name].flatten().tolist() for name in DIMS} for kind, average in kinds.items()
}
golden = {"decay": DECAY, "dims": DIMS, "values": values, "averages": averages}
pathlib.Path(__file__).with_name("averages.json").write_text(json.dumps(golden) + "\n")
