"""Classifiers in the form in which tf2onnx writes those of Keras: images [N, height, width, 3], Transposes around
convolutions, padding `SAME`. pip install torch==2.13.0 onnx==1.23.1 safetensors==0.8.0, then python make.py."""
import os

import numpy as np
import onnx
import torch
import torch.nn.functional as F
from onnx import TensorProto, helper, numpy_helper
from safetensors.torch import save_file

here = os.path.dirname(os.path.abspath(__file__))
path = lambda name: os.path.join(here, name)
torch.manual_seed(0)
SIDE, CLASSES = 16, 5
SCALE, SHIFT = 1 / 127.5, [-1.0, -0.9, -1.1]
# Keras pads by 0 in front and 1 behind where a stride of 2 meets an even size.
SAME = {1: (1, 1, 1, 1), 2: (0, 1, 0, 1)}


class ConvNorm(torch.nn.Module):
    def __init__(self, a, b, size=1, stride=1, groups=1):
        super().__init__()
        self.stride, self.pads = stride, SAME[stride] if size == 3 else (0, 0, 0, 0)
        self.conv = torch.nn.Conv2d(a, b, size, stride, 0, groups=groups, bias=False)
        self.bn = torch.nn.BatchNorm2d(b, eps=1e-3, momentum=0.01)

    def forward(self, x):
        return self.bn(self.conv(F.pad(x, self.pads)))


class Net(torch.nn.Module):
    """A MobileNetV2 of two blocks, with a swish and a learned shift between."""
    def __init__(self):
        super().__init__()
        self.stem = ConvNorm(3, 8, 3, 2)
        self.depthwise1 = ConvNorm(8, 8, 3, 1, 8)
        self.project1 = ConvNorm(8, 8)
        self.shift = torch.nn.Parameter(torch.randn(8) / 4)
        self.depthwise2 = ConvNorm(8, 8, 3, 2, 8)
        self.project2 = ConvNorm(8, 16)

    def forward(self, x):
        x = x * SCALE + torch.tensor(SHIFT).reshape(1, 3, 1, 1)
        x = F.relu6(self.stem(x))
        x = x + self.project1(F.relu6(self.depthwise1(x)))
        x = F.silu(x + self.shift.reshape(1, 8, 1, 1))
        x = F.relu6(self.depthwise2(F.pad(x, (1, 1, 2, 0))))
        return F.relu6(self.project2(x))


class Writer:
    def __init__(self):
        self.nodes, self.tensors = [], []

    def tensor(self, name, value):
        value = value.detach().numpy() if isinstance(value, torch.Tensor) else np.asarray(value)
        self.tensors.append(numpy_helper.from_array(value.copy(), name))
        return name

    def op(self, op, inputs, **attributes):
        name = f"{op}__{len(self.nodes)}"
        self.nodes.append(helper.make_node(op, inputs, [name + ":0"], name, **attributes))
        return name + ":0"

    def to_last(self, x):
        return self.op("Transpose", [x], perm=[0, 2, 3, 1])

    def to_first(self, x):
        return self.op("Transpose", [x], perm=[0, 3, 1, 2])

    def conv(self, x, layer, name):
        left, right, top, bottom = layer.pads
        conv = layer.conv
        x = self.op("Conv", [x, self.tensor(f"{name}.conv.weight", conv.weight)], group=conv.groups,
                    kernel_shape=list(conv.kernel_size), strides=[layer.stride] * 2, pads=[top, left, bottom, right])
        parts = [self.tensor(f"{name}.bn.{part}", getattr(layer.bn, part))
                 for part in ["weight", "bias", "running_mean", "running_var"]]
        return self.op("BatchNormalization", [x, *parts], epsilon=1e-3, momentum=0.99)

    def clip(self, x):
        return self.op("Clip", [x, "zero", "six"])


def write(name, net, head, pool):
    w = Writer()
    w.tensor("zero", np.float32(0)), w.tensor("six", np.float32(6))
    x = w.op("Mul", ["input_1", w.tensor("scale", np.float32(SCALE))])
    x = w.to_first(w.op("Add", [x, w.tensor("offset", np.array(SHIFT, "f4"))]))
    stem = w.clip(w.conv(x, net.stem, "stem"))
    x = w.clip(w.conv(stem, net.depthwise1, "depthwise1"))
    x = w.op("Add", [w.to_last(stem), w.to_last(w.conv(x, net.project1, "project1"))])
    x = w.op("Add", [x, w.tensor("shift", net.shift)])
    x = w.op("Mul", [x, w.op("Sigmoid", [x])])
    x = w.to_first(w.op("Pad", [x, w.tensor("pads", np.array([0, 2, 1, 0, 0, 0, 1, 0], "i8"))]))
    x = w.clip(w.conv(x, net.depthwise2, "depthwise2"))
    x = w.clip(w.conv(x, net.project2, "project2"))
    x = pool(w, x)
    x = w.op("MatMul", [x, w.tensor("predictions.kernel", head.weight.T)])
    x = w.op("Add", [x, w.tensor("predictions.bias", head.bias)])
    scores = w.op("Softmax", [x], axis=-1)
    graph = helper.make_graph(w.nodes, "tf2onnx",
                              [helper.make_tensor_value_info("input_1", TensorProto.FLOAT, ["unk__1", SIDE, SIDE, 3])],
                              [helper.make_tensor_value_info(scores, TensorProto.FLOAT, ["unk__2", CLASSES])], w.tensors)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 15)], ir_version=8)
    onnx.checker.check_model(model, full_check=True)
    onnx.save(model, path(name))


POOLS = {
    "squeezed": (16, lambda w, x: w.op("Squeeze", [w.op("GlobalAveragePool", [x]), w.tensor("axes", np.array([2, 3]))]),
                 lambda x: x.mean((2, 3))),
    "reduced": (16, lambda w, x: w.op("ReduceMean", [w.to_last(x)], axes=[1, 2], keepdims=0), lambda x: x.mean((2, 3))),
    "kept": (16, lambda w, x: w.op("Reshape", [w.op("ReduceMean", [w.to_last(x)], axes=[1, 2], keepdims=1),
                                               w.tensor("shape", np.array([-1, 16]))]), lambda x: x.mean((2, 3))),
    "flattened": (16 * 5 * 5, lambda w, x: w.op("Reshape", [w.to_last(x), w.tensor("shape", np.array([-1, 400]))]),
                  lambda x: x.permute(0, 2, 3, 1).reshape(-1, 400)),
}

net = Net()
for module in net.modules():
    if isinstance(module, torch.nn.BatchNorm2d):
        torch.nn.init.uniform_(module.weight, 0.5, 1.5)
        torch.nn.init.uniform_(module.bias, -0.5, 0.5)
        torch.nn.init.uniform_(module.running_mean, -0.5, 0.5)
        torch.nn.init.uniform_(module.running_var, 0.5, 1.5)
images, labels = torch.rand(4, 3, SIDE, SIDE) * 255, torch.tensor([0, 1, 4, 2])
golden = {"images": images, "labels": labels}
for name, (features, pool, torch_pool) in POOLS.items():
    head = torch.nn.Linear(features, CLASSES)
    write(f"{name}.onnx", net.eval(), head, pool)
    golden[f"{name}/logits"] = head(torch_pool(net(images))).detach()
    # In training, batch norm normalises by the statistics of the batch.
    state = {key: value.clone() for key, value in net.state_dict().items()}
    net.train().zero_grad()
    loss = F.cross_entropy(head(torch_pool(net(images))), labels)
    loss.backward()
    golden[f"{name}/loss"] = loss.detach()
    for key, parameter in net.named_parameters():
        golden[f"{name}/{key}"] = parameter.grad.clone()
    golden[f"{name}/predictions.kernel"] = head.weight.grad
    golden[f"{name}/predictions.bias"] = head.bias.grad
    net.load_state_dict(state)
save_file({key: value.contiguous() for key, value in golden.items()}, path("golden.safetensors"))
