"""The same measurement as step.js, by PyTorch; needs torch alone, for other networks than ResNet-18 torchvision as well.
againstPyTorch.js calls it.

    python3 bench/pytorch_step.py --mode train|layer4|head|infer [--batch 32] [--threads 2] [--seconds 15]
                                  [--layout channels_last|nchw] [--bf16] [--compile] [--device cuda] [--network resnet18]

Prints one line of JSON: images per second and peak memory of a step at 224x224 (forward, loss, backward, SGD
with weight decay). --bf16 runs what torch.autocast thinks fit in bfloat16, --compile the network that torch.compile made
(which takes a C++ compiler and a minute). On a GPU the images are sent from the host in each step, as ours are, and its
convolutions are in TF32 unless NVIDIA_TF32_OVERRIDE=0 is set.
"""
import argparse
import json
import resource
import time

import torch
from torch.nn import functional as F

from pytorch_resnet18 import ResNet18

parser = argparse.ArgumentParser()
parser.add_argument('--mode', choices=['train', 'layer4', 'head', 'infer'], default='train')
parser.add_argument('--batch', type=int, default=32)
parser.add_argument('--threads', type=int, default=2)
parser.add_argument('--seconds', type=float, default=15)
parser.add_argument('--layout', choices=['channels_last', 'nchw'], default='channels_last')
parser.add_argument('--bf16', action='store_true')
parser.add_argument('--compile', action='store_true')
parser.add_argument('--device', default='cpu')
parser.add_argument('--network', default='resnet18')
options = parser.parse_args()

torch.set_num_threads(options.threads)
layout = torch.channels_last if options.layout == 'channels_last' else torch.contiguous_format
if options.network == 'resnet18':
    network = ResNet18(2)
else:
    import torchvision

    network = torchvision.models.get_model(options.network, num_classes=2)
    # Ours trains without what is random between its layers.
    for part in network.modules():
        if isinstance(part, (torch.nn.Dropout, torchvision.ops.StochasticDepth)):
            part.p = 0.0
network = network.to(options.device, memory_format=layout)
images = torch.randn(options.batch, 3, 224, 224).to(memory_format=layout)
labels = torch.arange(options.batch) % 2

network.train(options.mode != 'infer')
# Parts of the network, from the front, that are frozen: their batch norm runs in inference mode.
for part in list(network.children())[: {'train': 0, 'layer4': 5, 'head': 6, 'infer': 0}[options.mode]]:
    part.eval().requires_grad_(False)
trained = [parameter for parameter in network.parameters() if parameter.requires_grad]
optimizer = torch.optim.SGD(trained, lr=1e-5, weight_decay=1e-3)


forward = torch.compile(network) if options.compile else network


def precision():
    return torch.autocast(options.device, torch.bfloat16, enabled=options.bf16)


def step():
    if options.mode == 'infer':
        with torch.inference_mode(), precision():
            forward(images.to(options.device)).cpu()
        return
    optimizer.zero_grad(set_to_none=True)
    with precision():
        loss = F.cross_entropy(forward(images.to(options.device)), labels.to(options.device), reduction='sum')
    loss.backward()
    optimizer.step()
    loss.item()


step()
step()
steps, start = 0, time.perf_counter()
while time.perf_counter() - start < options.seconds or steps < 3:
    step()
    steps += 1
rate = steps * options.batch / (time.perf_counter() - start)
memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
print(json.dumps({'images_per_second': round(rate, 2), 'peak_rss_mb': round(memory)}))
