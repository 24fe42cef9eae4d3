"""A classifier whose weights torch.onnx's exporter puts into a file beside it, and what PyTorch says of two images.

    pip install torch==2.13.0 onnxscript==0.7.2 onnx==1.23.1 safetensors==0.8.0
    python external_data.py     # writes external/net.onnx, external/net.onnx.data, external/golden.safetensors
"""
import os
import warnings

import onnx
import torch
from safetensors.torch import save_file

warnings.filterwarnings("ignore")
here = os.path.join(os.path.dirname(os.path.abspath(__file__)), "external")
os.makedirs(here, exist_ok=True)
path = lambda name: os.path.join(here, name)
torch.manual_seed(3)


class Net(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = torch.nn.Conv2d(3, 16, 3, 2, 1)
        self.fc = torch.nn.Linear(16, 20)

    def forward(self, x):
        return self.fc(torch.relu(self.conv(x)).mean((2, 3)))


net = Net().eval()
images = torch.randn(2, 3, 16, 16)
torch.onnx.export(net, (images,), path("net.onnx"), dynamo=True, external_data=True, verbose=False,
                  dynamic_shapes=({0: torch.export.Dim("batch")},))

# The exporter notes where in which file each node comes from: no use here.
model = onnx.load(path("net.onnx"), load_external_data=False)
for message in [model, model.graph, *model.graph.node, *model.graph.value_info, *model.graph.initializer,
                *model.graph.input, *model.graph.output]:
    del message.metadata_props[:]
    message.doc_string = ""
with open(path("net.onnx"), "wb") as file:
    file.write(model.SerializeToString())

with torch.no_grad():
    save_file({"images": images, "logits": net(images)}, path("golden.safetensors"))
