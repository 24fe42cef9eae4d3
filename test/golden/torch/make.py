"""Files that torch.save writes: pip install torch==2.13.0 safetensors==0.8.0, then python make.py."""
import copy
import os
import zipfile

import torch
from safetensors.torch import save_file

here = os.path.dirname(os.path.abspath(__file__))
path = lambda name: os.path.join(here, name)
torch.manual_seed(0)

# One tensor of each element type.
types = {
    "float32": torch.tensor([[1.5, -0.0], [float("inf"), 1e-45]]),
    "float16": torch.tensor([0.5, -2.0, 65504.0], dtype=torch.float16),
    "bfloat16": torch.tensor([[0.5], [-2.0]], dtype=torch.bfloat16),
    "float64": torch.tensor(3.141592653589793, dtype=torch.float64),
    "int64": torch.tensor([-(2**53) - 1, 2**62]),
    "int32": torch.arange(-1, 3, dtype=torch.int32),
    "int16": torch.arange(-2, 4, dtype=torch.int16).reshape(2, 3),
    "int8": torch.arange(-2, 2, dtype=torch.int8),
    "uint8": torch.arange(250, 256, dtype=torch.uint8),
    "bool": torch.tensor([True, False, True]),
    "uint16": torch.arange(65530, 65536).to(torch.uint16),
    "uint32": torch.tensor([4294967295]).to(torch.uint32),
    "scalar": torch.tensor(5),
    "empty": torch.zeros(0, 4),
    'quoted "näme"\n': torch.tensor([1.0]),
}
torch.save(types, path("types.pth"))
torch.save(types, path("protocol4.pt"), pickle_protocol=4)
torch.save(types, path("legacy.pth"), _use_new_zipfile_serialization=False)
save_file(types, path("types.safetensors"))

# Views of one storage, a parameter, tied names; inside a checkpoint of a DataParallel model.
base = torch.arange(48, dtype=torch.float32).reshape(4, 3, 2, 2)
views = {
    "base": base,
    "tied": base,
    "transposed": base.permute(3, 1, 0, 2),
    "channels_last": base.clone().contiguous(memory_format=torch.channels_last),
    "row": base[2],
    "stepped": base[1::2, ::2],
    "column": base[:, 1, 0, 1],
    "expanded": base[0, 0, 0].expand(5, 2),
    "half": base.half().t() if base.dim() == 2 else base.half().transpose(0, 1),
    "parameter": torch.nn.Parameter(base[3, 2]),
}
checkpoint = {"epoch": 3, "lr": 0.1, "best": None, "done": True, "names": ["a", ("b", 2**40)],
              "optimizer": {"state": {0: {"momentum_buffer": base.clone()}}, "param_groups": [{"params": [0]}]},
              "state_dict": {f"module.{name}": tensor for name, tensor in views.items()}}
torch.save(checkpoint, path("checkpoint.pth"))
save_file({name: tensor.detach().contiguous().clone() for name, tensor in views.items()}, path("views.safetensors"))

# A state dict of a module: an OrderedDict with attributes.
net = torch.nn.Sequential(torch.nn.Linear(3, 2), torch.nn.BatchNorm1d(2))
torch.save(net.state_dict(), path("module.pth"))
save_file(net.state_dict(), path("module.safetensors"))

# What is refused: a whole module, and a command.
torch.save(net, path("whole.pth"))


class Command:
    def __reduce__(self):
        return os.system, ("echo this must never run",)


torch.save({"weight": torch.zeros(1), "command": Command()}, path("command.pth"))

# Packed again by another program, compressed.
with zipfile.ZipFile(path("types.pth")) as source, zipfile.ZipFile(path("deflated.pth"), "w", zipfile.ZIP_DEFLATED) as packed:
    for info in source.infolist():
        packed.writestr(zipfile.ZipInfo(info.filename, (2026, 1, 1, 0, 0, 0)), source.read(info), zipfile.ZIP_DEFLATED)

# Checkpoints as training scripts write them: the module's state dict, and what lies beside it.
state = torch.load(path("module.pth"))
trained = copy.deepcopy(net)
adam = torch.optim.Adam(trained.parameters())
trained(torch.randn(4, 3)).sum().backward()
adam.step()
other = {name: tensor + 1 for name, tensor in state.items()}
averaged = torch.optim.swa_utils.AveragedModel(net)
checkpoints = {
    "metric": {"state_dict": state, "best_acc1": torch.tensor(71.5), "epoch": torch.tensor(3), "optimizer": adam.state_dict()},
    "nested": {"best": torch.tensor(0.5), "model": {"state_dict": state, "epoch": torch.tensor(3)}},
    "average-beside": {"model_ema": other, "model": state, "optimizer": adam.state_dict()},
    "average-alone": {"epoch": 3, "ema_state_dict": state, "ema_decay": torch.tensor(0.99)},
    "averaged-module": averaged.state_dict(),
    "compiled": {"model": {f"module._orig_mod.{name.replace('.', '._orig_mod.')}": t for name, t in state.items()}},
    "own-name": {"classifier": state, "epoch": 3, "optimizer": adam.state_dict()},
    "same-twice": {"model": state, "state_dict": state},
    "outermost": {**state, "optimizer": adam.state_dict(), "1._extra_state": {"seen": torch.tensor(1)}},
    "two": {"generator": state, "discriminator": other, "epoch": torch.tensor(3)},
    "two-known": {"model": state, "net": other},
}
for name, content in checkpoints.items():
    torch.save(content, path(f"beside-{name}.pth"))
