"""torchvision's networks in float64: logits, loss and every gradient, for weights that both sides make by formula.

    pip install torch==2.13.0 torchvision==0.28.0 timm==1.0.29 numpy safetensors==0.8.0
    python make.py   # writes golden.safetensors and state_dicts.json.gz, prints how far float32 PyTorch is off

The networks are narrow (WIDTHS) and see small images. Dropout and stochastic depth are off. Of each gradient two numbers
are kept: its norm, and its product with a vector of random numbers. Numbers come from the formula of
test/golden/resnet18/make.py, in test/support/resnet18Golden.ts the same; intervals are in test/support/networksGolden.ts.
state_dicts.json.gz lists names and shapes of the networks of full width, as the state_dict of torchvision, or of timm, has
them.

KINKS. A ReLU whose input is within rounding of 0 passes its gradient on in one float32 implementation and blocks it in
another, both correct. Biases of 0.5 to 1 after batch norm keep most inputs away from 0.
"""
import contextlib
import gzip
import json
import os

import numpy as np
import timm
import torch
import torch.nn.functional as F
from safetensors.torch import save_file

with contextlib.suppress(ImportError):
    import tvfix  # noqa: F401  (an installation without torchvision's C++ operators)
import torchvision.models as models
from torchvision.models._utils import _make_divisible
from torchvision.models.densenet import DenseNet
from torchvision.models.efficientnet import EfficientNet, _efficientnet_conf

BATCH, SIZE, CLASSES = 4, 64, 3
# The channels of the first stage of each network.
WIDTHS = {
    "resnet50": 16, "resnet101": 16, "wide_resnet50_2": 16, "resnext50_32x4d": 16, "mobilenet_v2": 16,
    "mobilenet_v3_small": 8, "mobilenet_v3_large": 8, "efficientnet_b0": 16, "efficientnet_b1": 16,
    "efficientnet_b2": 16, "efficientnet_b3": 16, "efficientnet_v2_s": 8, "regnet_y_400mf": 32, "regnet_y_1_6gf": 32,
    "shufflenet_v2_x1_0": 24, "densenet121": 16, "squeezenet1_1": 16, "vgg11_bn": 16, "vgg16_bn": 16,
}
SEEDS = {name: 1 for name in WIDTHS} | {"regnet_y_1_6gf": 2, "resnext50_32x4d": 2}
FACTORS = {"efficientnet_b0": (1.0, 1.0), "efficientnet_b1": (1.0, 1.1), "efficientnet_b2": (1.1, 1.2),
           "efficientnet_b3": (1.2, 1.4)}


@contextlib.contextmanager
def narrowed(factor):
    """Divides the channels of every layer that is made, but those of images and classes."""
    layers = torch.nn.Conv2d, torch.nn.BatchNorm2d, torch.nn.Linear
    inits = [layer.__init__ for layer in layers]
    narrow = lambda channels: channels if channels in (3, CLASSES) else channels // factor
    conv, norm, linear = inits

    def new_conv(self, inner, outer, *args, **kwargs):
        conv(self, narrow(inner), narrow(outer), *args, **kwargs)

    def new_norm(self, channels, *args, **kwargs):
        norm(self, narrow(channels), *args, **kwargs)

    def new_linear(self, inner, outer, *args, **kwargs):
        linear(self, narrow(inner), narrow(outer), *args, **kwargs)

    for layer, init in zip(layers, (new_conv, new_norm, new_linear)):
        layer.__init__ = init
    try:
        yield
    finally:
        for layer, init in zip(layers, inits):
            layer.__init__ = init


def efficientnet(name, width):
    factors = FACTORS.get(name)
    scale = {"width_mult": factors[0], "depth_mult": factors[1]} if factors else {}
    stages, last = _efficientnet_conf(name, **scale)
    factor = width / stages[0].input_channels
    for stage in stages:
        stage.input_channels = _make_divisible(stage.input_channels * factor, 8)
        stage.out_channels = _make_divisible(stage.out_channels * factor, 8)
    norm = None if factors else lambda channels: torch.nn.BatchNorm2d(channels, eps=1e-3)
    return EfficientNet(stages, 0, 0, CLASSES, norm, last and _make_divisible(last * factor, 8))


def network(name):
    width = WIDTHS[name]
    if name.startswith("efficientnet"):
        return efficientnet(name, width)
    if name.startswith("densenet"):
        return DenseNet(growth_rate=width // 2, num_init_features=width, num_classes=CLASSES)
    make = getattr(models, name)
    if name.startswith("mobilenet"):
        return make(num_classes=CLASSES, width_mult=width / (32 if name == "mobilenet_v2" else 16))
    if name.startswith(("regnet", "shufflenet")):
        return make(num_classes=CLASSES)
    with narrowed(64 // width):
        return make(num_classes=CLASSES)


def numbers(name, count):
    """FNV-1a of the name, then the finalizer of MurmurHash3 on hash + position."""
    start = 0x811C9DC5
    for character in name.encode():
        start = ((start ^ character) * 0x01000193) & 0xFFFFFFFF
    h = (start + np.arange(count, dtype="u8") * 0x9E3779B1 & 0xFFFFFFFF).astype("u4")
    h = (h ^ (h >> np.uint32(16))) * np.uint32(0x85EBCA6B)
    h = (h ^ (h >> np.uint32(13))) * np.uint32(0xC2B2AE35)
    return (h ^ (h >> np.uint32(16))).astype("f8") / 2**32


def interval(name, shape):
    if name.endswith("running_mean"):
        return -0.1, 0.1
    if name.endswith("running_var"):
        return 0.5, 1.5
    if len(shape) > 1:
        bound = (3 / np.prod(shape[1:])) ** 0.5
        return -bound, bound
    return (0.25, 0.75) if name.endswith("weight") else (0.5, 1)


def filled(name, shape, low, high, seed):
    """float32 numbers, so that both precisions begin with the same."""
    values = low + (high - low) * numbers(f"{seed}/{name}", int(np.prod(shape)))
    return torch.from_numpy(values.astype("f4").reshape(shape))


def run(name, dtype):
    seed = SEEDS[name]
    net = network(name)
    state = {key: filled(key, tuple(tensor.shape), *interval(key, tuple(tensor.shape)), seed)
             for key, tensor in net.state_dict().items() if not key.endswith("num_batches_tracked")}
    net.load_state_dict(state, strict=False)
    net.to(dtype)
    for module in net.modules():
        if isinstance(module, torch.nn.Dropout):
            module.p = 0
    images = filled("images", (BATCH, 3, SIZE, SIZE), -2, 2, seed).to(dtype)
    labels = torch.arange(BATCH) % CLASSES
    with torch.no_grad():
        logits = net.eval()(images)
    loss = F.cross_entropy(net.train()(images), labels)
    loss.backward()
    gradients = []
    for key, parameter in net.named_parameters():
        gradient = parameter.grad.flatten().double()
        along = torch.from_numpy(2 * numbers(f"{seed}/along/{key}", gradient.numel()) - 1)
        gradients.append([gradient.norm(), gradient @ along])
    return logits, loss.detach(), torch.tensor(gradients, dtype=torch.float64)


def disagreement(name):
    """The worst error of a gradient's two numbers, relative to its norm and a thousandth of the largest; of the logits."""
    (logits, _, exact), (logits32, _, rounded) = run(name, torch.float64), run(name, torch.float32)
    scale = exact[:, :1] + 1e-3 * exact[:, 0].max()
    return ((exact - rounded).abs() / scale).max().item(), ((logits - logits32).abs().max() / logits.abs().max()).item()


def state_dicts():
    names = [*WIDTHS, "resnet18", "resnet34", "convnext_tiny", "convnext_small", "swin_t", "vit_b_16"]
    nets = {name: getattr(models, name)() for name in names}
    nets["deit_small_patch16_224"] = timm.create_model("deit_small_patch16_224")
    nets["dinov2_vits14"] = timm.create_model("vit_small_patch14_dinov2", img_size=224, num_classes=1000)
    shapes = {name: [[key, *tensor.shape] for key, tensor in net.state_dict().items()
                     if not key.endswith("num_batches_tracked")] for name, net in nets.items()}
    parameters = {name: [key for key, _ in net.named_parameters()] for name, net in nets.items()}
    return {name: {"tensors": shapes[name], "parameters": parameters[name]} for name in nets}


def main():
    torch.set_num_threads(1)
    torch.backends.nnpack.set_flags(False)
    here = os.path.dirname(os.path.abspath(__file__))
    out = {}
    for name in WIDTHS:
        logits, loss, gradients = run(name, torch.float64)
        out |= {f"{name}/logits": logits.float(), f"{name}/loss": loss, f"{name}/gradients": gradients.float()}
        print(name, *disagreement(name), flush=True)
    facts = {"batch": BATCH, "size": SIZE, "classes": CLASSES, "widths": json.dumps(WIDTHS),
             "seeds": json.dumps(SEEDS)}
    save_file(out, os.path.join(here, "golden.safetensors"), metadata={key: str(value) for key, value in facts.items()})
    os.chmod(os.path.join(here, "golden.safetensors"), 0o644)
    with open(os.path.join(here, "state_dicts.json.gz"), "wb") as file:
        file.write(gzip.compress(json.dumps(state_dicts(), separators=(",", ":")).encode(), mtime=0))


if __name__ == "__main__":
    main()
