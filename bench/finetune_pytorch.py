"""The lesson's fine-tuning by PyTorch, with the recipe, files and weights of `npm run hotdog`, to compare accuracies.

    python3 bench/finetune_pytorch.py --data DIR --weights FILE              # pretrained
    python3 bench/finetune_pytorch.py --data DIR --scratch                   # from random weights
    python3 bench/finetune_pytorch.py --data DIR --weights FILE --evaluate   # measures weights, their head included

DIR holds train/ and test/, each with a folder of images for each class; FILE is safetensors with torchvision's names.
Needs torch, numpy, pillow and safetensors; the transforms are torchvision's, by their definitions, on Pillow's images.

The recipe: cross-entropy summed over the batch, SGD with weight decay 1e-3 at 5e-5 for the backbone and ten times that for
the new head; from scratch 5e-4 for all. --upright turns photographs as their EXIF orientation says, which torchvision does
not.
"""
import argparse
import math
import os
import random
import time
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import torch
from PIL import Image, ImageOps
from safetensors.torch import load_file
from torch import nn
from torch.nn import functional as F

from pytorch_resnet18 import ResNet18

SIZE, TEST_SIZE = 224, 256
MEAN = np.array([0.485, 0.456, 0.406], np.float32)
STD = np.array([0.229, 0.224, 0.225], np.float32)


def image_folder(directory):
    """As torchvision's ImageFolder: classes and images in the order of their names."""
    classes = sorted(entry.name for entry in os.scandir(directory) if entry.is_dir())
    folders = [os.path.join(directory, name) for name in classes]
    return classes, [
        (os.path.join(folder, file), label)
        for label, folder in enumerate(folders)
        for file in sorted(os.listdir(folder))
    ]


def random_crop(width, height, rng):
    """RandomResizedCrop's box: 8 to 100 % of the area, 3:4 to 4:3; in the middle where ten tries do not fit."""
    low, high = 3 / 4, 4 / 3
    for _ in range(10):
        area = width * height * rng.uniform(0.08, 1)
        ratio = math.exp(rng.uniform(math.log(low), math.log(high)))
        w, h = round(math.sqrt(area * ratio)), round(math.sqrt(area / ratio))
        if 0 < w <= width and 0 < h <= height:
            return rng.randint(0, width - w), rng.randint(0, height - h), w, h
    w, h = min(width, round(height * high)), min(height, round(width / low))
    return (width - w) // 2, (height - h) // 2, w, h


def opened(file, upright):
    image = Image.open(file)
    return (ImageOps.exif_transpose(image) if upright else image).convert('RGB')


def train_view(image, rng):
    x, y, w, h = random_crop(*image.size, rng)
    view = image.crop((x, y, x + w, y + h)).resize((SIZE, SIZE), Image.BILINEAR)
    return tensor(view.transpose(Image.FLIP_LEFT_RIGHT) if rng.random() < 0.5 else view)


def test_view(image):
    image = image.resize((TEST_SIZE, TEST_SIZE), Image.BILINEAR)
    edge = (TEST_SIZE - SIZE) // 2
    return tensor(image.crop((edge, edge, edge + SIZE, edge + SIZE)))


def tensor(image):
    return ((np.asarray(image, np.float32) / 255 - MEAN) / STD).transpose(2, 0, 1)


def batches(samples, view, options):
    """Batches of images and labels; the next one is made while this one is in use."""
    chunks = [samples[i : i + options.batch] for i in range(0, len(samples), options.batch)]

    def load(chunk):
        views = [view(opened(file, options.upright)) for file, _ in chunk]
        return np.stack(views), np.array([label for _, label in chunk])

    with ThreadPoolExecutor(1) as pool:
        coming = pool.submit(load, chunks[0])
        for after in [*chunks[1:], None]:
            images, labels = coming.result()
            if after:
                coming = pool.submit(load, after)
            yield torch.from_numpy(images), torch.from_numpy(labels)


def network(options, classes):
    net = ResNet18(classes)
    if options.scratch:
        return net
    weights = {name: value.float() for name, value in load_file(options.weights).items()}
    if not options.evaluate:
        weights = {name: value for name, value in weights.items() if not name.startswith('fc.')}
    missing = net.load_state_dict(weights, strict=False).missing_keys
    allowed = ('num_batches_tracked',) if options.evaluate else ('fc.weight', 'fc.bias', 'num_batches_tracked')
    unknown = [name for name in missing if not name.endswith(allowed)]
    if unknown:
        raise SystemExit(f'{options.weights} lacks {", ".join(unknown)}')
    if not options.evaluate:
        nn.init.xavier_uniform_(net.fc.weight)
    return net


def train_epoch(net, optimizer, samples, options, rng):
    """Loss and accuracy of the epoch, each batch measured before its own update."""
    net.train()
    rng.shuffle(samples)
    loss_sum = hits = 0
    for images, labels in batches(samples, lambda image: train_view(image, rng), options):
        logits = net(images)
        loss = F.cross_entropy(logits, labels, reduction='sum')
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        optimizer.step()
        loss_sum += loss.item()
        hits += (logits.argmax(1) == labels).sum().item()
    return loss_sum / len(samples), hits / len(samples)


def accuracy(net, samples, options):
    net.eval()
    hits = 0
    with torch.inference_mode():
        for images, labels in batches(samples, test_view, options):
            hits += (net(images).argmax(1) == labels).sum().item()
    return hits / len(samples)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument('--data', required=True)
    start = parser.add_mutually_exclusive_group(required=True)
    start.add_argument('--weights')
    start.add_argument('--scratch', action='store_true')
    parser.add_argument('--evaluate', action='store_true')
    parser.add_argument('--upright', action='store_true')
    parser.add_argument('--epochs', type=int, default=5)
    parser.add_argument('--batch', type=int, default=128)
    parser.add_argument('--seed', type=int, default=0)
    parser.add_argument('--threads', type=int, default=os.cpu_count())
    options = parser.parse_args()

    torch.set_num_threads(options.threads)
    torch.manual_seed(options.seed)
    rng = random.Random(options.seed)
    classes, train = image_folder(os.path.join(options.data, 'train'))
    _, test = image_folder(os.path.join(options.data, 'test'))
    net = network(options, len(classes))
    if options.evaluate:
        print(f'test acc {accuracy(net, test, options):.3f}')
        return

    lr = 5e-4 if options.scratch else 5e-5
    head = list(net.fc.parameters())
    backbone = [parameter for name, parameter in net.named_parameters() if not name.startswith('fc.')]
    groups = [{'params': backbone}, {'params': head, 'lr': lr if options.scratch else 10 * lr}]
    optimizer = torch.optim.SGD(groups, lr=lr, weight_decay=1e-3)
    for epoch in range(1, options.epochs + 1):
        began = time.perf_counter()
        loss, hits = train_epoch(net, optimizer, train, options, rng)
        rate = len(train) / (time.perf_counter() - began)
        measured = f'train acc {hits:.3f}, test acc {accuracy(net, test, options):.3f}'
        print(f'epoch {epoch}: loss {loss:.3f}, {measured}, {rate:.1f} examples/sec', flush=True)


if __name__ == '__main__':
    main()
