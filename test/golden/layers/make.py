"""Makes layers.json: learning rate scales and weight decay of timm's param_groups_layer_decay, by parameter.

torch, timm: python3 test/golden/layers/make.py
"""

import json
from pathlib import Path

import timm
from timm.optim import param_groups_layer_decay

DECAY = 0.05
LAYER_DECAY = 0.75


def scales(architecture):
    model = timm.create_model(architecture, num_classes=3)
    names = {id(parameter): name for name, parameter in model.named_parameters()}
    groups = param_groups_layer_decay(
        model,
        weight_decay=DECAY,
        no_weight_decay_list=model.no_weight_decay() if hasattr(model, "no_weight_decay") else [],
        layer_decay=LAYER_DECAY,
    )
    return {
        names[id(parameter)]: [group["lr_scale"], group["weight_decay"]]
        for group in groups
        for parameter in group["params"]
    }


cases = {"resnet18": scales("resnet18"), "resnet50": scales("resnet50"), "deit": scales("deit_small_patch16_224")}
text = json.dumps({"layerDecay": LAYER_DECAY, "weightDecay": DECAY, "architectures": cases})
Path(__file__).with_name("layers.json").write_text(text + "\n")
