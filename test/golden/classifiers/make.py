"""Classifiers as people have them: pip install torch==2.13.0 onnxscript==0.7.2 onnx==1.23.1 safetensors==0.8.0, then
python make.py."""
import os
import warnings

import numpy as np
import onnx
import torch
from onnx import TensorProto, helper, numpy_helper
from safetensors.torch import save_file

warnings.filterwarnings("ignore")
here = os.path.dirname(os.path.abspath(__file__))
path = lambda name: os.path.join(here, name)
torch.manual_seed(0)


class Block(torch.nn.Module):
    def __init__(self, a, b, stride):
        super().__init__()
        self.conv1 = torch.nn.Conv2d(a, b, 3, stride, 1, bias=False)
        self.bn1 = torch.nn.BatchNorm2d(b)
        self.conv2 = torch.nn.Conv2d(b, b, 3, 1, 1, bias=False)
        self.bn2 = torch.nn.BatchNorm2d(b)
        self.relu = torch.nn.ReLU()
        self.downsample = torch.nn.Sequential(torch.nn.Conv2d(a, b, 1, stride, bias=False), torch.nn.BatchNorm2d(b))

    def forward(self, x):
        y = self.relu(self.bn1(self.conv1(x)))
        return self.relu(self.bn2(self.conv2(y)) + self.downsample(x))


class Net(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1 = torch.nn.Conv2d(3, 4, 3, 2, 1, bias=False)
        self.bn1 = torch.nn.BatchNorm2d(4)
        self.layer1 = Block(4, 4, 1)
        self.layer2 = Block(4, 6, 2)
        self.avgpool = torch.nn.AdaptiveAvgPool2d(1)
        self.fc = torch.nn.Linear(6, 5)

    def forward(self, x):
        x = self.layer2(self.layer1(torch.relu(self.bn1(self.conv1(x)))))
        return self.fc(torch.flatten(self.avgpool(x), 1))


images = torch.randn(2, 3, 16, 16)
fresh = Net().eval()
trained = Net()
for _ in range(5):
    trained(torch.randn(8, 3, 16, 16))
for module in trained.modules():
    if isinstance(module, torch.nn.BatchNorm2d):
        torch.nn.init.uniform_(module.weight, 0.5, 1.5)
        torch.nn.init.uniform_(module.bias, -0.5, 0.5)
trained.eval()

# The exporter of TorchScript: batch norm folded; and kept, with equal tensors shared through Identity.
torch.onnx.export(trained, (images,), path("folded.onnx"), dynamo=False, input_names=["image"], output_names=["scores"],
                  dynamic_axes={"image": {0: "batch"}, "scores": {0: "batch"}})
torch.onnx.export(fresh, (images,), path("kept.onnx"), dynamo=False, do_constant_folding=False, opset_version=12,
                  training=torch.onnx.TrainingMode.PRESERVE)

# The exporter of today: any batch; and a batch of one with a softmax at the end.
torch.onnx.export(trained, (images,), path("dynamo.onnx"), dynamo=True, external_data=False, verbose=False,
                  dynamic_shapes=({0: torch.export.Dim("batch")},))
torch.onnx.export(torch.nn.Sequential(trained, torch.nn.Softmax(1)), (images[:1],), path("softmax.onnx"), dynamo=True,
                  external_data=False, verbose=False)


class Old(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = torch.nn.Conv2d(3, 6, 3, 2)
        self.bn = torch.nn.BatchNorm2d(6)
        self.fc = torch.nn.Linear(6 * 7 * 7, 5)

    def forward(self, x):
        x = self.bn(self.conv(torch.nn.functional.pad(x, (1, 0, 1, 0), value=0.5)[:, :, 0:15, 0:15]))
        x = torch.nn.functional.hardtanh(x, 0.0, 1.5)
        return self.fc(torch.nn.functional.dropout(x.reshape(x.shape[0], -1), training=False))


old_net = Old().eval()
torch.onnx.export(old_net, (images,), path("opset9.onnx"), dynamo=False, opset_version=9)

class Dense(torch.nn.Module):
    """The pattern of a DenseNet: features beside each other, and a transition that ends in the mean of 2 x 2 pixels."""
    def __init__(self):
        super().__init__()
        self.conv0 = torch.nn.Conv2d(3, 16, 3, 2, 1, bias=False)
        self.norm1 = torch.nn.BatchNorm2d(16)
        self.conv1 = torch.nn.Conv2d(16, 16, 1, bias=False)
        self.norm2 = torch.nn.BatchNorm2d(32)
        self.conv2 = torch.nn.Conv2d(32, 16, 1, bias=False)
        self.pool = torch.nn.AvgPool2d(2, 2)
        self.norm3 = torch.nn.BatchNorm2d(16)
        self.fc = torch.nn.Linear(16, 2)

    def forward(self, x):
        x = self.conv0(x)
        x = torch.cat([x, self.conv1(torch.relu(self.norm1(x)))], 1)
        x = self.norm3(self.pool(self.conv2(torch.relu(self.norm2(x)))))
        return self.fc(torch.flatten(torch.nn.functional.adaptive_avg_pool2d(torch.relu(x), 1), 1))


# Exported, and after a step of training in PyTorch.
torch.manual_seed(1)
dense_net = Dense()
dense_net.eval()
torch.onnx.export(dense_net, (images,), path("dense.onnx"), dynamo=False, do_constant_folding=False, opset_version=17,
                  training=torch.onnx.TrainingMode.PRESERVE, dynamic_axes={"x": {0: "batch"}}, input_names=["x"])
dense_net.train()
labels = torch.tensor([0, 1])
loss = torch.nn.functional.cross_entropy(dense_net(images), labels)
loss.backward()
torch.optim.SGD(dense_net.parameters(), 0.1).step()
save_file({"images": images, "labels": labels, "loss": loss.detach(), **{
    name: tensor for name, tensor in dense_net.state_dict().items() if "num_batches" not in name}}, path("dense.safetensors"))

# As other tools write it: constants in nodes, normalisation inside, MatMul and Add, symbolic sizes, names in metadata.
rng = np.random.default_rng(0)
constant = lambda name, value: helper.make_node("Constant", [], [name], value=numpy_helper.from_array(value))
conv, dense, bias = rng.normal(size=(4, 3, 3, 3)), rng.normal(size=(4, 3)), rng.normal(size=3)
conv, dense, bias = conv.astype("f4"), dense.astype("f4"), bias.astype("f4")
mean, std = np.array([0.4, 0.5, 0.6], "f4").reshape(1, 3, 1, 1), np.array([2, 3, 4], "f4").reshape(1, 3, 1, 1)
graph = helper.make_graph(
    [constant("mean", mean), constant("std", std), constant("kernel", conv), constant("half", np.array(0.5, "f4")),
     constant("axes", np.array([2, 3], "i8")),
     helper.make_node("Sub", ["pixels", "mean"], ["centred"]), helper.make_node("Mul", ["centred", "std"], ["scaled"]),
     helper.make_node("Conv", ["scaled", "kernel"], ["c"]), helper.make_node("Mul", ["c", "half"], ["halved"]),
     helper.make_node("Relu", ["halved"], ["r"]), helper.make_node("ReduceMean", ["r", "axes"], ["features"], keepdims=0),
     helper.make_node("MatMul", ["features", "dense"], ["product"]), helper.make_node("Add", ["bias", "product"], ["sum"]),
     helper.make_node("LogSoftmax", ["sum"], ["log"])],
    "other", [helper.make_tensor_value_info("pixels", TensorProto.FLOAT, ["b", 3, "h", "w"])],
    [helper.make_tensor_value_info("log", TensorProto.FLOAT, ["b", 3])],
    [numpy_helper.from_array(dense, "dense"), numpy_helper.from_array(bias.reshape(1, 3), "bias")])
model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=8)
helper.set_model_props(model, {"classes": '["cat", "dog", "emu"]'})
onnx.checker.check_model(model)
onnx.save(model, path("other.onnx"))

# Too old, and no classifier.
old = onnx.ModelProto.FromString(model.SerializeToString())
old.opset_import[0].version = 6
onnx.save(old, path("old.onnx"))
graph = helper.make_graph([helper.make_node("Relu", ["x"], ["y"])], "none",
                          [helper.make_tensor_value_info("x", TensorProto.FLOAT, ["N", 3, 8, 8])],
                          [helper.make_tensor_value_info("y", TensorProto.FLOAT, ["N", 3, 8, 8])])
onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=8), path("none.onnx"))

# The exporters note where in which file each node comes from: no use here.
for name in ["folded.onnx", "kept.onnx", "opset9.onnx", "dense.onnx", "dynamo.onnx", "softmax.onnx"]:
    model = onnx.load(path(name))
    for message in [model, model.graph, *model.graph.node, *model.graph.value_info, *model.graph.initializer,
                    *model.graph.input, *model.graph.output]:
        del message.metadata_props[:]
        message.doc_string = ""
    onnx.save(model, path(name))

with torch.no_grad():
    x = (images - torch.from_numpy(mean)) * torch.from_numpy(std)
    features = torch.relu(torch.nn.functional.conv2d(x, torch.from_numpy(conv)) * 0.5).mean((2, 3))
    save_file({"images": images, "trained": trained(images), "fresh": fresh(images), "old": old_net(images),
               "other": features @ torch.from_numpy(dense) + torch.from_numpy(bias)}, path("golden.safetensors"))
