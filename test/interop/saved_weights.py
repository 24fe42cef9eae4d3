"""What PyTorch makes of weights that this library saved.

    pip install torch==2.13.0 numpy safetensors==0.8.0; npm ci
    python saved_weights.py     # writes saved_weights.json

Saves a ResNet-18 of three classes (saved_weights.ts), loads it as `load_state_dict` of torchvision's network does, which is
strict, and writes the names that the network asks for and its logits for the four images of ../golden/resnet18.
"""
import importlib.util
import json
import pathlib
import subprocess
import tempfile

import torch
from safetensors.torch import load_file

HERE = pathlib.Path(__file__).parent
spec = importlib.util.spec_from_file_location("resnet18", HERE.parent / "golden" / "resnet18" / "make.py")
resnet18 = importlib.util.module_from_spec(spec)
spec.loader.exec_module(resnet18)

with tempfile.TemporaryDirectory() as directory:
    file = pathlib.Path(directory) / "weights.safetensors"
    subprocess.run(["npx", "tsx", str(HERE / "saved_weights.ts"), str(file)], check=True, cwd=HERE.parent.parent)
    net = resnet18.ResNet18(3)
    net.load_state_dict(load_file(file))

with torch.no_grad():
    logits = net.eval()(resnet18.images(0, torch.float32, resnet18.SEED))
facts = {"names": sorted(net.state_dict()), "logits": logits.flatten().tolist()}
(HERE / "saved_weights.json").write_text(json.dumps(facts, indent=1) + "\n")
