"""ConvNeXt and vision transformers in PyTorch float64, on weights that both sides make by formula (as ../resnet18/make.py).

    pip install torch==2.13.0 torchvision==0.28.0 timm==1.0.29 safetensors==0.8.0 onnxscript onnxruntime==1.30.0
    python make.py    # writes golden.safetensors, deit.pth and *.onnx

Small members of each family: logits, loss, the losses of three steps of SGD, and of each gradient its norm and its product
with a vector of numbers. Of those that have a name: the names and shapes of the state_dict, as a digest. deit.pth is
laid out as the checkpoint that the authors of DeiT published.
"""
import hashlib
import json
import pathlib

import numpy as np
import onnx
import torch
import torch.nn.functional as F
from safetensors.torch import save_file

from onnxruntime.transformers import optimizer
from timm.models.vision_transformer import VisionTransformer as TimmTransformer
from torchvision.models import convnext, swin_transformer, vision_transformer

SEED, CLASSES, BATCH, STEPS, LR = 1, 3, 2, 3, 0.05
here = pathlib.Path(__file__).parent


def numbers(name, count):
    """Uniform in [0, 1): FNV-1a of the name, then the finalizer of MurmurHash3 on hash + position."""
    start = np.uint32(0x811C9DC5)
    with np.errstate(over="ignore"):
        for byte in f"{SEED}/{name}".encode():
            start = (start ^ np.uint32(byte)) * np.uint32(0x01000193)
        h = start + np.arange(count, dtype="u4") * np.uint32(0x9E3779B1)
        h = (h ^ (h >> np.uint32(16))) * np.uint32(0x85EBCA6B)
        h = (h ^ (h >> np.uint32(13))) * np.uint32(0xC2B2AE35)
        h = h ^ (h >> np.uint32(16))
    return h.astype("f8") / 2**32


def interval(name, shape):
    if name.endswith("layer_scale") or (len(shape) == 1 and name.endswith("weight")):
        return 0.5, 1.5
    bound = 1 / np.sqrt(np.prod(shape[1:])) if len(shape) in (2, 4) else 0.3
    return -bound, bound


def filled(name, shape, low, high):
    values = low + (high - low) * numbers(name, int(np.prod(shape)))
    return torch.from_numpy(values.astype("f4").reshape(shape))


def with_weights(net):
    net.load_state_dict({n: filled(n, tuple(t.shape), *interval(n, tuple(t.shape))) if t.is_floating_point() else t
                         for n, t in net.state_dict().items()})
    return net


def small_convnext():
    stages = [(8, 16, 1), (16, 32, 1), (32, 64, 2), (64, None, 1)]
    return convnext.ConvNeXt([convnext.CNBlockConfig(*stage) for stage in stages], num_classes=CLASSES)


def small_vit():
    return vision_transformer.VisionTransformer(16, 8, 2, 2, 16, 64, num_classes=CLASSES)


def small_deit():
    return TimmTransformer(16, 8, embed_dim=16, depth=2, num_heads=2, num_classes=CLASSES)


def small_swin():
    # 7 x 7 tokens in windows of 3 x 3: both the map and its half are padded.
    return swin_transformer.SwinTransformer([4, 4], 6, [2, 2], [1, 2], [3, 3], stochastic_depth_prob=0, num_classes=CLASSES)


def small_dinov2():
    return TimmTransformer(42, 14, embed_dim=16, depth=2, num_heads=2, init_values=1e-5, num_classes=CLASSES)


def resized_positions(side):
    """As DINOv2's authors resize those of 5 x 5 patches: interpolate_pos_encoding, with its offset of 0.1."""
    positions = filled("positions", (1, 26, 4), -1, 1)
    patches = positions[:, 1:].reshape(1, 5, 5, 4).permute(0, 3, 1, 2)
    resized = F.interpolate(patches, scale_factor=(side + 0.1) / 5, mode="bicubic", antialias=False)
    return torch.cat([positions[:, :1], resized.permute(0, 2, 3, 1).reshape(1, side**2, 4)], 1)


def images(size):
    return filled("images", (BATCH, 3, size, size), -2, 2)


labels = torch.tensor([2, 0])


def train(name, net, size):
    net = with_weights(net).double().eval()
    x = images(size).double()
    out, losses = {f"{name}/logits": net(x).detach().float()}, []
    for step in range(STEPS):
        net.zero_grad()
        loss = F.cross_entropy(net(x), labels)
        loss.backward()
        losses.append(loss.item())
        for parameter, tensor in net.named_parameters():
            if step == 0:
                direction = torch.from_numpy(2 * numbers(f"direction/{parameter}", tensor.numel()) - 1)
                facts = [tensor.grad.norm().item(), (tensor.grad.flatten() @ direction).item()]
                out[f"{name}/gradient/{parameter}"] = torch.tensor(facts, dtype=torch.float64)
            with torch.no_grad():
                tensor -= LR * tensor.grad
    return out | {f"{name}/losses": torch.tensor(losses, dtype=torch.float64)}


def digest(net):
    state = [[name, list(tensor.shape)] for name, tensor in net.state_dict().items()]
    return {"tensors": len(state), "numbers": sum(t.numel() for t in net.state_dict().values()),
            "sha256": hashlib.sha256(json.dumps(state, separators=(",", ":")).encode()).hexdigest()}


def export(name, net, size):
    net = with_weights(net).eval()
    x = images(size)
    for kind, options in {"torchscript": {"dynamo": False, "dynamic_axes": {"x": {0: "batch"}}, "opset_version": 17},
                          "dynamo": {"dynamo": True, "dynamic_shapes": ({0: torch.export.Dim("batch")},), "opset_version": 20}}.items():
        path = here / f"{name}.{kind}.onnx"
        torch.onnx.export(net, (x,), path, input_names=["x"], external_data=False, **options) if kind == "dynamo" else \
            torch.onnx.export(net, (x,), path, input_names=["x"], **options)
        slim(path)


def slim(path):
    """Drops what exporters note about where in which file each node comes from."""
    model = onnx.load(path)
    for message in [model, model.graph, *model.graph.node, *model.graph.value_info, *model.graph.initializer,
                    *model.graph.input, *model.graph.output]:
        del message.metadata_props[:]
        message.doc_string = ""
    onnx.save(model, path)


def export_fused(net, size):
    """With Attention of operator set 23, and with what ONNX Runtime's optimizer makes of a file of TorchScript's exporter."""
    net = with_weights(net).eval()
    path, plain = here / "deit.attention.onnx", here / "deit.plain.onnx"
    torch.onnx.export(net, (images(size),), path, input_names=["x"], external_data=False, dynamo=True,
                      dynamic_shapes=({0: torch.export.Dim("batch")},), opset_version=23)
    slim(path)
    torch.onnx.export(net, (images(size),), plain, input_names=["x"], dynamo=False, dynamic_axes={"x": {0: "batch"}},
                      opset_version=17)
    optimizer.optimize_model(str(plain), model_type="vit", num_heads=2, hidden_size=16).save_model_to_file(str(here / "deit.fused.onnx"))
    plain.unlink()
    return net


def tiny_convnext():
    """A member small enough to be kept as a file."""
    stages = [(4, 8, 1), (8, 16, 1), (16, None, 1)]
    return convnext.ConvNeXt([convnext.CNBlockConfig(*stage) for stage in stages], num_classes=CLASSES)


def main():
    torch.set_num_threads(1)
    out = train("convnext", small_convnext(), 32) | train("vit", small_vit(), 16) | train("deit", small_deit(), 16) \
        | train("swin", small_swin(), 28) | train("dinov2", small_dinov2(), 42) | {f"positions/{side}": resized_positions(side) for side in (3, 8)}
    for name, net, size in (("convnext", tiny_convnext(), 16), ("vit", small_vit(), 16), ("swin", small_swin(), 16)):
        export(name, net, size)
        out[f"{name}.onnx/logits"] = with_weights(net).eval()(images(size)).detach()
    out["deit.onnx/logits"] = export_fused(small_deit(), 16)(images(16)).detach()
    narrow_deit = TimmTransformer(16, 16, embed_dim=6, depth=12, num_heads=6, num_classes=CLASSES)
    torch.save({"model": with_weights(narrow_deit).state_dict()}, here / "deit.pth")
    with torch.device("meta"):
        named = {"convnext_tiny": convnext.convnext_tiny(), "convnext_small": convnext.convnext_small(),
                 "swin_t": swin_transformer.swin_t(), "vit_b_16": vision_transformer.vit_b_16(),
                 "deit_small_patch16_224": TimmTransformer(224, 16, embed_dim=384, depth=12, num_heads=6),
                 "dinov2_vits14": TimmTransformer(224, 14, embed_dim=384, depth=12, num_heads=6, init_values=1e-5)}
    facts = {"seed": SEED, "lr": LR, "named": {name: digest(net) for name, net in named.items()}}
    save_file(out, here / "golden.safetensors", metadata={key: json.dumps(value) for key, value in facts.items()})
    (here / "golden.safetensors").chmod(0o644)


main()
