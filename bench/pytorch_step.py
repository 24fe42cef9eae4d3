"""The same measurement as step.js, by PyTorch on the CPU; needs torch alone. againstPyTorch.js calls it.

    python3 bench/pytorch_step.py --mode train|layer4|head|infer [--batch 32] [--threads 2] [--seconds 15]
                                  [--layout channels_last|nchw]

Prints one line of JSON: images per second and peak memory of a ResNet-18 step at 224x224 (forward, loss, backward, SGD
with weight decay).
"""
import argparse
import json
import resource
import time

import torch
from torch import nn
from torch.nn import functional as F


def conv_norm(inputs, outputs, kernel, stride):
    conv = nn.Conv2d(inputs, outputs, kernel, stride, kernel // 2, bias=False)
    return nn.Sequential(conv, nn.BatchNorm2d(outputs))


class Block(nn.Module):
    def __init__(self, inputs, outputs, stride):
        super().__init__()
        self.first = conv_norm(inputs, outputs, 3, stride)
        self.second = conv_norm(outputs, outputs, 3, 1)
        self.skip = nn.Identity() if inputs == outputs else conv_norm(inputs, outputs, 1, stride)

    def forward(self, x):
        return F.relu(self.second(F.relu(self.first(x), inplace=True)) + self.skip(x), inplace=True)


def resnet18(classes):
    stem = nn.Sequential(conv_norm(3, 64, 7, 2), nn.ReLU(inplace=True), nn.MaxPool2d(3, 2, 1))
    widths = [64, 64, 128, 256, 512]
    layers = [
        nn.Sequential(Block(widths[i], widths[i + 1], 1 if i == 0 else 2), Block(widths[i + 1], widths[i + 1], 1))
        for i in range(4)
    ]
    head = nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(512, classes))
    return nn.Sequential(stem, *layers, head)


parser = argparse.ArgumentParser()
parser.add_argument('--mode', choices=['train', 'layer4', 'head', 'infer'], default='train')
parser.add_argument('--batch', type=int, default=32)
parser.add_argument('--threads', type=int, default=2)
parser.add_argument('--seconds', type=float, default=15)
parser.add_argument('--layout', choices=['channels_last', 'nchw'], default='channels_last')
options = parser.parse_args()

torch.set_num_threads(options.threads)
layout = torch.channels_last if options.layout == 'channels_last' else torch.contiguous_format
network = resnet18(2).to(memory_format=layout)
images = torch.randn(options.batch, 3, 224, 224).to(memory_format=layout)
labels = torch.arange(options.batch) % 2

network.train(options.mode != 'infer')
# Parts of the network, from the front, that are frozen: their batch norm runs in inference mode.
for part in list(network)[: {'train': 0, 'layer4': 4, 'head': 5, 'infer': 0}[options.mode]]:
    part.eval().requires_grad_(False)
trained = [parameter for parameter in network.parameters() if parameter.requires_grad]
optimizer = torch.optim.SGD(trained, lr=1e-5, weight_decay=1e-3)


def step():
    if options.mode == 'infer':
        with torch.inference_mode():
            network(images)
        return
    optimizer.zero_grad(set_to_none=True)
    F.cross_entropy(network(images), labels, reduction='sum').backward()
    optimizer.step()


step()
step()
steps, start = 0, time.perf_counter()
while time.perf_counter() - start < options.seconds or steps < 3:
    step()
    steps += 1
rate = steps * options.batch / (time.perf_counter() - start)
memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
print(json.dumps({'images_per_second': round(rate, 2), 'peak_rss_mb': round(memory)}))
