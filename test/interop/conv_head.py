"""A classifier that ends as SqueezeNet does, in a convolution of 1 x 1, from both exporters of torch.onnx, and its logits.

    pip install torch==2.13.0 onnxscript==0.7.2 onnx==1.23.1 safetensors==0.8.0
    python conv_head.py     # writes conv_head/torchscript.onnx, conv_head/dynamo.onnx, conv_head/golden.safetensors
"""
import os
import warnings

import onnx
import torch
from safetensors.torch import save_file

warnings.filterwarnings("ignore")
here = os.path.join(os.path.dirname(os.path.abspath(__file__)), "conv_head")
os.makedirs(here, exist_ok=True)
path = lambda name: os.path.join(here, name)
torch.manual_seed(4)


class Net(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.features = torch.nn.Sequential(torch.nn.Conv2d(3, 6, 3, 2), torch.nn.ReLU())
        self.classifier = torch.nn.Sequential(torch.nn.Dropout(0.5), torch.nn.Conv2d(6, 5, 1), torch.nn.ReLU(),
                                              torch.nn.AdaptiveAvgPool2d((1, 1)))

    def forward(self, x):
        return torch.flatten(self.classifier(self.features(x)), 1)


net = Net().eval()
images = torch.randn(2, 3, 16, 16)
torch.onnx.export(net, (images,), path("torchscript.onnx"), dynamo=False, dynamic_axes={"x": {0: "batch"}},
                  input_names=["x"], output_names=["scores"])
torch.onnx.export(net, (images,), path("dynamo.onnx"), dynamo=True, external_data=False, verbose=False,
                  dynamic_shapes=({0: torch.export.Dim("batch")},))

# The exporters note where in which file each node comes from: no use here.
for name in ["torchscript.onnx", "dynamo.onnx"]:
    model = onnx.load(path(name))
    for message in [model, model.graph, *model.graph.node, *model.graph.value_info, *model.graph.initializer,
                    *model.graph.input, *model.graph.output]:
        del message.metadata_props[:]
        message.doc_string = ""
    onnx.save(model, path(name))

with torch.no_grad():
    save_file({"images": images, "logits": net(images)}, path("golden.safetensors"))
