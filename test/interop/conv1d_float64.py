"""Ten steps of Microsoft's conv1d artifacts (run C of its golden.json) in float64, by PyTorch: who rounds, they or we?

    pip install torch==2.13.0; npm run build
    python conv1d_float64.py DIRECTORY   # with checkpoint and golden.json; prints the losses of golden.test.ts
"""
import base64
import json
import os
import subprocess
import sys

import numpy as np
import torch
import torch.nn.functional as F

directory = os.path.abspath(sys.argv[1])
with open(os.path.join(directory, "golden.json")) as file:
    run = next(run for run in json.load(file)["runs"] if run["run"] == "C")

READ = """
const { readCheckpoint } = await import('./dist/index.js')
const { readFileSync } = await import('node:fs')
const { parameters } = readCheckpoint(readFileSync(process.argv[1]))
const entries = [...parameters].map(([name, { tensor: { dims, data } }]) => [name, [dims, Buffer.from(data.buffer, data.byteOffset, data.byteLength).toString('base64')]])
console.log(JSON.stringify(Object.fromEntries(entries)))
"""
root = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..")
command = ["node", "--input-type=module", "-e", READ, os.path.join(directory, "checkpoint")]
stored = json.loads(subprocess.run(command, cwd=root, check=True, capture_output=True, text=True).stdout)
p = {name: torch.from_numpy(np.frombuffer(base64.b64decode(data), "<f4").reshape(dims).astype("f8"))
     for name, (dims, data) in stored.items()}
trainable = [name for name in p if name.startswith("classifier")]
moments = {name: [torch.zeros_like(p[name]), torch.zeros_like(p[name])] for name in trainable}


def scores(x):
    for i in (57, 60, 63):
        x = F.max_pool1d(F.relu(F.conv1d(x, p[f"onnx::Conv_{i}"], p[f"onnx::Conv_{i + 1}"], padding=1)), 4)
    for i in (0, 1):
        x = F.conv1d(x, p[f"classifier.{i}.weight"], p[f"classifier.{i}.bias"])
    return x[:, :, 0]


for step, official in enumerate(run["losses"]):
    dims = run["inputs"][0]["dims"]
    wave = (((np.arange(np.prod(dims)) + 1009 * step) * 37) % 101) / 50 - 1
    x = torch.from_numpy((wave * 2.0**-16).astype("f4").reshape(dims).astype("f8"))
    labels = torch.tensor([(i + step) % 2 for i in range(dims[0])])
    for name in trainable:
        p[name].requires_grad_(True)
    loss = F.cross_entropy(scores(x), labels)
    gradients = torch.autograd.grad(loss, [p[name] for name in trainable])
    print(f"{loss.item():.9f}  official: {official / loss.item() - 1:+.1e}")
    with torch.no_grad():  # AdamW with adam_mode 1 and no weight decay
        for name, gradient in zip(trainable, gradients):
            m, v = moments[name]
            m.mul_(0.9).add_(0.1 * gradient)
            v.mul_(0.999).add_(0.001 * gradient**2)
            rate = 0.001 * np.sqrt(1 - 0.999 ** (step + 1)) / (1 - 0.9 ** (step + 1))
            p[name] = p[name].detach() - rate * m / (v.sqrt() + 1e-6)
