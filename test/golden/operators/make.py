"""Results and gradients of operators in torch, in float64, and a network with some of them as torch's exporters write it.

    pip install torch==2.13.0 onnx onnxscript
    python make.py    # writes operators.json, padded.torchscript.onnx, padded.dynamo.onnx

Inputs are random; the loss is the cross-entropy of the results times random factors, as two rows of scores. Of the
network: the logits, and the gradients of the sum of their products with 1, 2, 3, ...
"""
import json
import pathlib

import onnx
import torch
import torch.nn.functional as F

here = pathlib.Path(__file__).parent
CASES = []


def case(name, op, function, shapes, constants=(), opset=18, domain="", **attributes):
    """`shapes`: of the inputs that get a gradient, or tensors. `constants`: the other inputs, by place; None omits one."""
    inputs = [(numbers(*s) if isinstance(s, tuple) else s).requires_grad_() for s in shapes]
    y = function(*inputs)
    factors = numbers(*y.shape)
    F.cross_entropy((y * factors).reshape(2, -1), torch.tensor([1, 0])).backward()
    CASES.append({
        "name": name, "op": op, "domain": domain, "opset": opset, "attributes": attributes,
        "inputs": [tensor(x) for x in inputs], "constants": [None if x is None else tensor(x) for x in constants],
        "factors": listed(factors), "result": tensor(y), "gradients": [listed(x.grad) for x in inputs],
    })


def numbers(*shape):
    return torch.randn(*shape).double().round(decimals=4)


def listed(x):
    return [round(number, 9) for number in x.detach().flatten().tolist()]


def tensor(x):
    kind = "int64" if x.dtype == torch.int64 else "float32"
    return {"type": kind, "dims": list(x.shape), "data": x.flatten().tolist() if kind == "int64" else listed(x)}


def ints(*values):
    return torch.tensor(values)


def padding():
    for mode, torch_mode in (("reflect", "reflect"), ("edge", "replicate"), ("wrap", "circular")):
        pads = ints(0, 0, 2, 1, 0, 0, 3, 2)
        case(mode, "Pad", lambda x: F.pad(x, (1, 2, 2, 3), mode=torch_mode), [(2, 2, 4, 3)], [pads], opset=19, mode=mode)


def resizing():
    def resize(name, size, shape=(2, 2, 5, 4), opset=18, mode="cubic", coordinates="half_pixel", **more):
        align = coordinates == "align_corners" or None
        torch_mode = {("linear", 3): "linear", ("linear", 4): "bilinear", ("linear", 5): "trilinear", ("cubic", 4): "bicubic"}[mode, len(shape)]
        smooth = bool(more.get("antialias"))
        case(name, "Resize", lambda x: F.interpolate(x, size=size, mode=torch_mode, align_corners=align, antialias=smooth),
             [shape], [None, None, ints(*shape[:2], *size)], mode=mode, coordinate_transformation_mode=coordinates, **more)

    resize("bicubic", (9, 7))
    resize("bicubic, smaller", (3, 2))
    resize("bicubic, corners aligned", (8, 3), coordinates="align_corners")
    resize("bilinear, corners aligned", (8, 3), mode="linear", coordinates="align_corners")
    resize("linear", (7,), shape=(2, 2, 4), mode="linear")
    resize("trilinear", (3, 5, 2), shape=(2, 1, 2, 3, 3), mode="linear")
    # As torch's exporter writes them.
    resize("bilinear, antialias", (2, 3), mode="linear", antialias=1, exclude_outside=1)
    resize("bicubic, antialias", (2, 3), antialias=1, exclude_outside=1, cubic_coeff_a=-0.5)
    resize("bicubic, antialias, larger", (7, 6), antialias=1, exclude_outside=1, cubic_coeff_a=-0.5)


class Padded(torch.nn.Module):
    """Padding and resizing as networks have them: blurred before it is made smaller, positions for another size."""

    def __init__(self, antialias):
        super().__init__()
        self.antialias = antialias
        self.conv, self.second = torch.nn.Conv2d(3, 4, 3, 2), torch.nn.Conv2d(4, 6, 3)
        self.head = torch.nn.Linear(6, 3)

    def forward(self, x):
        x = F.hardswish(self.conv(F.pad(x, (1, 2, 2, 1), mode="reflect")))
        x = self.second(F.pad(x, (2, 0, 1, 2), mode="replicate"))
        x = F.relu(F.interpolate(x, size=(5, 7), mode="bicubic", antialias=self.antialias))
        return self.head(x.mean((2, 3)))


def export():
    out = {}
    images = torch.randn(2, 3, 12, 12).round(decimals=4)
    for kind, options in {"torchscript": {"dynamo": False, "dynamic_axes": {"x": {0: "batch"}}, "opset_version": 17},
                          "dynamo": {"dynamo": True, "dynamic_shapes": ({0: torch.export.Dim("batch")},), "opset_version": 20}}.items():
        net = Padded(antialias=kind == "dynamo").eval()
        path = here / f"padded.{kind}.onnx"
        more = {"external_data": False} if kind == "dynamo" else {}
        torch.onnx.export(net, (images,), path, input_names=["x"], **options, **more)
        slim(path)
        net.double()
        logits = net(images.double())
        (logits.flatten() * torch.arange(1, 7)).sum().backward()
        out[kind] = {"logits": listed(logits), "gradients": {n: listed(p.grad) for n, p in net.named_parameters()}}
    return {"images": listed(images), **out}


def slim(path):
    """Drops what exporters note about where in which file each node comes from."""
    model = onnx.load(path)
    for message in [model, model.graph, *model.graph.node, *model.graph.value_info, *model.graph.initializer,
                    *model.graph.input, *model.graph.output]:
        del message.metadata_props[:]
        message.doc_string = ""
    onnx.save(model, path)


torch.manual_seed(0)
torch.set_num_threads(1)
padding()
resizing()
facts = {"cases": CASES, "network": export()}
(here / "operators.json").write_text(json.dumps(facts, separators=(",", ":")) + "\n")
