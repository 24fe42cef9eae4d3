"""Golden batches of torchvision.transforms.v2.MixUp and CutMix, with what they drew. python3 make.py"""

import json
import pathlib

import torch
from torchvision.transforms.v2 import CutMix, MixUp

CLASSES = 3
DIMS = [3, 2, 5, 6]


def case(kind, seed):
    torch.manual_seed(seed)
    images = torch.randn(DIMS)
    labels = torch.randint(0, CLASSES, [DIMS[0]])
    transform = {"mixup": MixUp, "cutmix": CutMix}[kind](alpha=1.0, num_classes=CLASSES)
    torch.manual_seed(seed)
    drawn = transform.make_params([images])
    torch.manual_seed(seed)
    mixed, targets = transform(images, labels)
    facts = {"kind": kind, "images": images, "labels": labels, "mixed": mixed, "targets": targets}
    result = {name: value.flatten().tolist() if torch.is_tensor(value) else value for name, value in facts.items()}
    if kind == "mixup":
        return {**result, "share": drawn["lam"]}
    torch.manual_seed(seed)
    share = float(transform._dist.sample(()))
    x, y = int(torch.randint(DIMS[3], size=(1,))), int(torch.randint(DIMS[2], size=(1,)))
    return {**result, "share": share, "x": x, "y": y, "box": drawn["box"], "adjusted": drawn["lam_adjusted"]}


cases = [case(kind, seed) for kind in ["mixup", "cutmix"] for seed in range(3)]
golden = {"classes": CLASSES, "dims": DIMS, "cases": cases}
pathlib.Path(__file__).with_name("mixing.json").write_text(json.dumps(golden) + "\n")
