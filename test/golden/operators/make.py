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


def case(name, op, function, shapes, constants=(), opset=18, domain="", order=None, **attributes):
    """`shapes`: of the inputs that get a gradient, or tensors. `constants`: those behind them; None omits one. `order`: the
    places of all in the order of the operator."""
    inputs = [(numbers(*s) if isinstance(s, tuple) else s).requires_grad_() for s in shapes]
    y = function(*inputs)
    factors = numbers(*y.shape)
    F.cross_entropy((y * factors).reshape(2, -1), torch.tensor([1, 0])).backward()
    CASES.append({
        "name": name, "op": op, "domain": domain, "opset": opset, "attributes": attributes, "order": order or list(range(len(shapes) + len(constants))),
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


def pointwise():
    for op, function in (("Atan", torch.atan), ("Cos", torch.cos), ("Sin", torch.sin), ("Softsign", F.softsign), ("Tan", torch.tan)):
        case("", op, function, [(2, 6)])
    case("", "Celu", lambda x: F.celu(x, 0.4), [(2, 6)], alpha=0.4)
    case("", "ThresholdedRelu", lambda x: F.threshold(x, 0.3, 0), [(2, 6)], alpha=0.3)
    case("", "Mean", lambda a, b: (a + b) / 2, [(2, 3), (3,)])
    case("", "Mod", torch.fmod, [(2, 3), (3,)], fmod=1)


def reductions():
    for op, function in (("ReduceL1", lambda x: torch.linalg.vector_norm(x, 1, dim=(1, 2))),
                         ("ReduceL2", lambda x: torch.linalg.vector_norm(x, dim=(1, 2))),
                         ("ReduceLogSumExp", lambda x: torch.logsumexp(x, (1, 2))),
                         ("ReduceSumSquare", lambda x: (x**2).sum((1, 2)))):
        case("", op, function, [(4, 3, 2)], [ints(1, 2)], keepdims=0)
    zeros = numbers(4, 3)
    zeros[1] = 0
    case("with a line of zeros", "ReduceL2", lambda x: torch.linalg.vector_norm(x, dim=1, keepdim=True), [zeros], [ints(1)])


def indexing():
    case("", "CumSum", lambda x: x.cumsum(1), [(2, 5)], [torch.tensor(1)])
    case("backwards", "CumSum", lambda x: x.flip(0).cumsum(0).flip(0), [(4, 2)], [torch.tensor(0)], reverse=1)
    places = torch.tensor([[0, 2, 2, 1], [1, 1, 0, 2]])
    case("", "GatherElements", lambda x: x.gather(1, places), [(2, 3)], [places], axis=1)
    pairs = torch.tensor([[2, 0], [0, 1], [2, 0], [-1, -2]])
    case("", "GatherND", lambda x: x[pairs[:, 0], pairs[:, 1]], [(3, 2, 4)], [pairs])
    case("", "TopK", lambda x: x.topk(3, 1).values, [(2, 5)], [ints(3)], axis=1)
    case("lower", "Trilu", lambda x: x.tril(-1), [(2, 3, 3)], [torch.tensor(-1)], upper=0)


def scattering():
    """Operators whose indices stand between the inputs with a gradient."""
    rows = torch.tensor([[2], [0]])
    case("", "ScatterND", lambda x, u: x.index_put((rows[:, 0],), u), [(4, 3), (2, 3)], [rows], order=[0, 2, 1])
    case("added", "ScatterND", lambda x, u: x.index_put((torch.tensor([1, 1]),), u, accumulate=True), [(4, 3), (2, 3)],
         [torch.tensor([[1], [1]])], order=[0, 2, 1], reduction="add")
    places = torch.tensor([[3, 0], [1, 2]])
    case("", "ScatterElements", lambda x, u: x.scatter(1, places, u), [(2, 4), (2, 2)], [places], order=[0, 2, 1], axis=1)
    case("added", "ScatterElements", lambda x, u: x.scatter_add(0, places // 2, u), [(2, 4), (2, 2)], [places // 2],
         order=[0, 2, 1], reduction="add")


def windows():
    case("", "ConvTranspose", lambda x, w, b: F.conv_transpose2d(x, w, b, (2, 3), (1, 0), (1, 2), 2, (1, 2)),
         [(2, 4, 3, 2), (4, 3, 3, 2), (6,)], group=2, strides=[2, 3], pads=[1, 0, 1, 0], output_padding=[1, 2], dilations=[1, 2])
    case("", "Col2Im", lambda x: F.fold(x, (4, 5), (2, 2), (1, 2), (1, 0), (2, 1)), [(2, 8, 9)], [ints(4, 5), ints(2, 2)],
         dilations=[1, 2], pads=[1, 0, 1, 0], strides=[2, 1])


def normalizations():
    case("", "LpNormalization", lambda x: F.normalize(x, dim=1), [(2, 3, 4)], axis=1)
    case("of absolute values", "LpNormalization", lambda x: F.normalize(x, p=1, dim=-1), [(2, 4)], opset=17, p=1)
    case("", "MeanVarianceNormalization", lambda x: (x - x.mean((0, 2, 3), True)) / x.std((0, 2, 3), False, True), [(2, 3, 2, 2)])
    case("of rows", "MeanVarianceNormalization", lambda x: F.layer_norm(x, (4,), eps=0), [(2, 3, 4)], opset=17, axes=[2])


def rotations():
    def halves(x, cos, sin):
        first, second = x.chunk(2, -1)
        return x * torch.cat([cos, cos], -1) + torch.cat([-second, first], -1) * torch.cat([sin, sin], -1)

    def neighbours(x, cos, sin):
        pairs = torch.view_as_complex(x.reshape(*x.shape[:-1], -1, 2)) * torch.complex(cos, sin)
        return torch.view_as_real(pairs).flatten(-2)

    angles = numbers(5, 3).round(decimals=2)
    cos, sin = angles.cos().round(decimals=7), angles.sin().round(decimals=7)
    places = torch.tensor([[0, 1, 2, 3], [1, 2, 3, 4]])
    of = lambda table, heads_at: table[places].unsqueeze(heads_at)
    for name, rotated, interleaved in (("halves", halves, 0), ("neighbours", neighbours, 1)):
        case(name, "RotaryEmbedding", lambda x: rotated(x, of(cos, 1), of(sin, 1)), [(2, 2, 4, 6)], [cos, sin, places],
             opset=23, interleaved=interleaved)
        by_heads = lambda x: x.reshape(2, 4, 2, 8)
        case(f"{name}, rows, a part of each head", "RotaryEmbedding",
             lambda x: torch.cat([rotated(by_heads(x)[..., :6], of(cos, 2), of(sin, 2)), by_heads(x)[..., 6:]], -1).reshape(2, 4, 16),
             [(2, 4, 16)], [places, cos, sin], domain="com.microsoft", num_heads=2, rotary_embedding_dim=6, interleaved=interleaved)


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
    torch.manual_seed(1)
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
for group in (padding, resizing, pointwise, reductions, indexing, scattering, windows, normalizations, rotations):
    group()
facts = {"cases": CASES, "network": export()}
(here / "operators.json").write_text(json.dumps(facts, separators=(",", ":")) + "\n")
