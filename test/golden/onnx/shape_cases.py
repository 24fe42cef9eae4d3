"""One case a line for every rule of shapes/register.ts: a few nodes, inputs, constants and an operator set."""

import numpy as np
from onnx import TensorProto as T
from onnx import helper, numpy_helper

F, I, B = T.FLOAT, T.INT64, T.BOOL


def ints(*values):
    return np.array(values, np.int64)


def case(name, op, inputs, outputs=1, opset=18, constants=None, label="", **attributes):
    """`inputs`: name to (type, shape), or an array for a constant, in the order of the operator; '' is an omitted one."""
    values = {k: v for k, v in inputs.items() if isinstance(v, tuple)}
    fixed = {k: v for k, v in inputs.items() if isinstance(v, np.ndarray)}
    names = ["" if v is None else k for k, v in inputs.items()]
    node = helper.make_node(op, names, [f"y{i}" for i in range(outputs)], **attributes)
    return {"name": f"{op} {name}".strip(), "nodes": [node], "inputs": values, "constants": fixed | (constants or {}), "opset": opset}


def chain(name, nodes, inputs, constants=None, opset=18):
    return {"name": name, "nodes": nodes, "inputs": inputs, "constants": constants or {}, "opset": opset}


def x(*shape, kind=F):
    return {"x": (kind, list(shape))}


def ab(a, b, kind=F):
    return {"a": (kind, list(a)), "b": (kind, list(b))}


def cases():
    N = helper.make_node
    unary = "Abs Atan Ceil Celu Cos Elu Erf Exp Floor Gelu HardSigmoid HardSwish Identity LeakyRelu Log LogSoftmax Neg Reciprocal Relu Round Selu Sigmoid Sign Sin Softmax Softplus Softsign Sqrt Tan Tanh ThresholdedRelu Clip"
    for op in unary.split():
        yield case("", op, x("N", 3, None), opset=20)
    yield case("", "Not", x("N", 3, kind=B))
    yield case("", "LRN", x("N", 3, 4, 4), size=3)
    yield case("opset 6", "Clip", x("N", 3), opset=6, min=0.0, max=6.0)
    yield case("opset 13", "Clip", {**x("N", 3), "low": np.array(0, np.float32), "high": np.array(6, np.float32)}, opset=13)
    yield case("", "InstanceNormalization", {**x("N", 3, 4, 4), "s": (F, [3]), "b": (F, [3])})
    yield case("", "PRelu", {**x("N", 3, 4), "s": (F, [3, 1])})

    for op in "Add Sub Mul Div".split():
        yield case("rank", op, ab(["N", 3, 4], [4]))
    yield case("symbols", "Add", ab(["N", 1, "M"], [1, 5, "M"]))
    yield case("different symbols", "Add", ab(["N", "M"], ["K", 1]))
    yield case("symbol and size", "Mul", ab(["N", 4], [8, 4]))
    yield case("unknown", "Add", ab([None, 3], ["N", 3]))
    yield case("scalar", "Sub", ab(["N"], []))
    yield case("integers", "Mod", ab(["N", 3], [3], I))
    yield case("", "Pow", ab(["N", 3], []))
    for op in "Equal Greater GreaterOrEqual Less LessOrEqual".split():
        yield case("", op, ab(["N", 3], [2, 1, 3]))
    for op in "And Or".split():
        yield case("", op, ab(["N", 3], [3], B))
    for op in "Max Min Sum Mean".split():
        yield case("", op, {"a": (F, ["N", 1]), "b": (F, [5]), "c": (F, [3, 1, 1])})
    yield case("one input", "Sum", x("N", 2))
    yield case("", "Where", {"c": (B, ["N", 1]), "a": (F, [4]), "b": (F, [])})

    yield case("int32", "Cast", x("N", 2), to=T.INT32)
    yield case("half", "Cast", x("N", 2), to=T.FLOAT16)
    scale = np.array(0.5, np.float32)
    for kind in (np.uint8, np.int8):
        yield case(kind.__name__, "QuantizeLinear", {**x("N", 3, None), "s": scale, "z": np.array(3, kind)}, opset=13)
    yield case("without zero point", "QuantizeLinear", {**x("N", 3), "s": scale}, opset=13)
    yield case("of a stated type", "QuantizeLinear", {**x("N", 3), "s": scale}, opset=21, output_dtype=T.INT8)
    yield case("", "DequantizeLinear", {**x("N", 3, kind=T.UINT8), "s": scale, "z": np.array(3, np.uint8)}, opset=13)
    yield case("per axis", "DequantizeLinear", {**x(4, 3, kind=T.INT8), "s": np.ones(4, np.float32)}, opset=13, axis=0)
    for opset in (7, 10, 13):
        yield case(f"opset {opset}", "Dropout", x("N", 3), 2, opset=opset)

    for pads in ([0, 0, 0, 0], [1, 1, 1, 1], [0, 1, 2, 3]):
        yield case(f"pads {pads}", "Conv", {**x("N", 3, 11, 12), "w": (F, [8, 3, 3, 4])}, pads=pads)
    yield case("strides, dilations, group", "Conv", {**x("N", 4, 13, 13), "w": (F, [8, 2, 3, 3])}, group=2, strides=[2, 3], dilations=[2, 1])
    yield case("1-D", "Conv", {**x(2, 3, 9), "w": (F, [5, 3, 3]), "b": (F, [5])}, kernel_shape=[3])
    yield case("3-D", "Conv", {**x(2, 3, 5, 6, 7), "w": (F, [5, 3, 1, 2, 3])})
    yield case("unknown size", "Conv", {**x("N", 3, "H", None), "w": (F, [5, 3, 3, 3])})
    yield case("unknown weight", "Conv", {**x("N", 3, 8, 8), "w": (F, ["C", 3, 3, 3])})
    for auto in ("SAME_UPPER", "SAME_LOWER", "VALID"):
        yield case(auto, "Conv", {**x("N", 3, 10, 11), "w": (F, [5, 3, 3, 3])}, auto_pad=auto, strides=[2, 3])
        yield case(auto, "MaxPool", x("N", 3, 10, 11), auto_pad=auto, kernel_shape=[3, 2], strides=[2, 3])
        yield case(auto, "ConvTranspose", {**x("N", 4, 5, 6), "w": (F, [4, 5, 3, 3])}, auto_pad=auto, strides=[2, 2])
    yield case("", "ConvTranspose", {**x("N", 4, 5, 6), "w": (F, [4, 5, 3, 2])}, group=2, strides=[2, 3], pads=[1, 0, 1, 1], output_padding=[1, 2], dilations=[2, 1])
    yield case("output shape", "ConvTranspose", {**x("N", 4, 5, 6), "w": (F, [4, 5, 3, 3])}, output_shape=[10, 11], strides=[2, 2])
    for op in ("MaxPool", "AveragePool"):
        for size in (7, 8, 9, 10):
            yield case(f"ceil {size}", op, x("N", 2, size, size), opset=19, kernel_shape=[3, 2], strides=[2, 3], pads=[1, 0, 1, 1], ceil_mode=1)
        yield case("floor", op, x("N", 2, 7, "W"), kernel_shape=[3, 2], strides=[2, 3])
    yield case("last window in the padding", "MaxPool", x(1, 1, 3, 3), opset=12, kernel_shape=[2, 2], strides=[3, 3], pads=[0, 0, 1, 1], ceil_mode=1)
    yield case("dilations", "MaxPool", x("N", 2, 9, 9), 2, kernel_shape=[3, 3], dilations=[2, 3])
    for op in ("GlobalAveragePool", "GlobalMaxPool"):
        yield case("", op, x("N", 5, "H", 7))
    stats = {k: (F, [3]) for k in ("scale", "bias", "mean", "var")}
    for opset in (7, 9, 15):
        yield case(f"opset {opset}", "BatchNormalization", {**x("N", 3, 4, 4), **stats}, opset=opset)
    yield case("training", "BatchNormalization", {**x("N", 3, 4, 4), **stats}, 3, opset=15, training_mode=1)
    mixed = {**x("N", 3, 4, kind=T.FLOAT16), "scale": (T.FLOAT16, [3]), "bias": (T.FLOAT16, [3]), "mean": (F, [3]), "var": (F, [3])}
    yield case("mixed types", "BatchNormalization", mixed, 3, opset=15, training_mode=1)
    yield case("", "LayerNormalization", {**x("N", 5, 6), "s": (F, [6])}, 3)
    yield case("axis 1", "LayerNormalization", {**x("N", 5, 6), "s": (F, [5, 6])}, 3, axis=1)
    yield case("", "Col2Im", {**x("N", 12, 20), "image": ints(5, 6), "block": ints(2, 2)})

    for a, b in (([3, 4], [4, 5]), (["N", 7, 3, 4], [4, 5]), ([2, 1, 3, 4], ["N", 4, 5]), ([4], [4, 5]), ([3, 4], [4]), ([4], [4]), ([4], [2, 4, 5]), (["N", "K"], ["K", "M"])):
        yield case(f"{a} {b}", "MatMul", ab(a, b))
    for ta in (0, 1):
        yield case(f"transA {ta}", "Gemm", {**ab(["N", 4], [4 if not ta else "N", 5]), "c": (F, [5])}, transA=ta)
        yield case(f"transB {ta}", "Gemm", ab(["N", 4], [5, 4] if ta else [4, 5]), transB=ta)

    for op in "ReduceL1 ReduceL2 ReduceLogSum ReduceLogSumExp ReduceMax ReduceMean ReduceMin ReduceProd ReduceSum ReduceSumSquare".split():
        yield case("attribute", op, x("N", 3, 4), opset=11, axes=[-1], keepdims=0)
        yield case("input", op, {**x("N", 3, 4), "axes": ints(0, -1)})
        yield case("all", op, x("N", 3, 4), keepdims=0)
    yield case("noop", "ReduceSum", x("N", 3, 4), noop_with_empty_axes=1)
    yield case("empty axes", "ReduceSum", {**x("N", 3, 4), "axes": ints()}, keepdims=0)
    yield case("unknown axes, kept", "ReduceSum", {**x("N", 3, 4), "axes": (I, [1])})
    yield case("unknown axes", "ReduceSum", {**x("N", 3, 4), "axes": (I, [1])}, keepdims=0)
    for op in ("ArgMax", "ArgMin"):
        yield case("kept", op, x("N", 3, 4), axis=-1)
        yield case("", op, x("N", 3, 4), axis=1, keepdims=0)
    yield case("mean", "SoftmaxCrossEntropyLoss", {**x("N", 5), "labels": (I, ["N"])}, 2)
    yield case("none", "SoftmaxCrossEntropyLoss", {**x("N", 5, 4), "labels": (I, ["N", 4])}, 2, reduction="none")
    yield case("sum", "NegativeLogLikelihoodLoss", {**x("N", 5), "labels": (I, ["N"])}, reduction="sum")
    yield case("none", "NegativeLogLikelihoodLoss", {**x("N", 5), "labels": (I, ["N"])}, reduction="none")

    for axis in (0, 1, 2, 3, -1):
        yield case(f"axis {axis}", "Flatten", x(2, 3, 4), axis=axis)
    yield case("symbol", "Flatten", x("N", 3, 4))
    yield case("symbol and ones", "Flatten", x("N", 1, 1), axis=2)
    for target in ([-1, 6], [0, -1], [0, 0, 12, 1], [2, 3, 4], [24], [0, 3, -1]):
        yield case(f"{target}", "Reshape", {**x(2, 3, 4), "shape": ints(*target)})
    yield case("symbol", "Reshape", {**x("N", 3, 4), "shape": ints(0, -1)})
    yield case("symbol to front", "Reshape", {**x("N", 3, 4), "shape": ints(-1, 12)})
    yield case("allowzero", "Reshape", {**x(0, 3), "shape": ints(3, 0)}, allowzero=1)
    yield case("scalar", "Reshape", {**x(1, 1), "shape": ints()})
    yield case("unknown", "Reshape", {**x("N", 3, 4), "shape": (I, [3])})
    yield case("", "Transpose", x("N", 3, 4))
    yield case("perm", "Transpose", x("N", 3, 4), perm=[1, 0, 2])
    yield case("attribute", "Squeeze", x("N", 1, 3, 1), opset=11, axes=[1])
    yield case("negative", "Squeeze", {**x("N", 1, 3, 1), "axes": ints(-1, 1)})
    yield case("all", "Squeeze", x(2, 1, 3, 1))
    yield case("all, with a symbol", "Squeeze", x("N", 1, 3, 1))
    yield case("unknown axes", "Squeeze", {**x(2, 1, 3), "axes": (I, [1])})
    yield case("attribute", "Unsqueeze", x("N", 3), opset=11, axes=[1, 3])
    yield case("input", "Unsqueeze", {**x("N", 3), "axes": ints(-1, 0)})
    yield case("unknown axes", "Unsqueeze", {**x("N", 3), "axes": (I, [1])})
    yield case("", "Concat", {"a": (F, ["N", 3, 4]), "b": (F, [None, 5, 4]), "c": (F, [2, 1, 4])}, axis=1)
    yield case("symbol", "Concat", ab(["N", 3], [2, 3]), axis=-2)
    yield case("one", "Concat", x("N", 3), axis=0)
    yield case("attribute", "Split", x("N", 7), 2, opset=11, axis=1, split=[3, 4])
    yield case("even", "Split", x("N", 6), 3, opset=11, axis=-1)
    yield case("input", "Split", {**x("N", 7), "split": ints(1, 6)}, 2, axis=1)
    yield case("num_outputs", "Split", x("N", 7), 3, axis=1, num_outputs=3)
    yield case("symbol", "Split", x("N", 7), 2, axis=0, num_outputs=2)
    yield case("unknown", "Split", {**x("N", 2), "split": (I, [2])}, 2, axis=1)

    far = 2**63 - 1
    slices = [((0,), (far,), (0,), None), ((1,), (far,), (1,), None), ((-3,), (-1,), (1,), None), ((0, 1), (2, far), (0, 2), (1, 2)), ((-1,), (-far - 1,), (2,), (-1,)), ((5,), (0,), (2,), (-2,)), ((100,), (200,), (1,), None), ((3,), (1,), (1,), None), ((0,), (2**31 - 1,), (2,), (3,))]
    for starts, ends, axes, steps in slices:
        more = {} if steps is None else {"steps": ints(*steps)}
        yield case(f"{starts} {ends} {axes} {steps}", "Slice", {**x(4, 5, 7), "s": ints(*starts), "e": ints(*ends), "a": ints(*axes), **more})
    yield case("attribute", "Slice", x("N", 5, 7), opset=9, starts=[0, 1], ends=[far, -1], axes=[0, 1])
    yield case("no axes", "Slice", {**x(4, 5), "s": ints(1), "e": ints(3)})
    yield case("symbol kept", "Slice", {**x("N", 5), "s": ints(0), "e": ints(far), "a": ints(0)})
    yield case("symbol cut", "Slice", {**x("N", 5), "s": ints(1), "e": ints(far), "a": ints(0)})
    yield case("unknown ends", "Slice", {**x("N", 5), "s": ints(0), "e": (I, [1]), "a": ints(1)})
    yield case("axis 1", "Gather", {**x("N", 3, 4), "i": (I, [2, "K"])}, axis=1)
    yield case("scalar", "Gather", {**x("N", 3, 4), "i": np.array(1)}, axis=-1)
    yield case("", "GatherElements", {**x("N", 3), "i": (I, ["N", 2])}, axis=1)
    yield case("", "GatherND", {**x("N", 3, 4), "i": (I, [5, "K", 2])})
    yield case("of each image", "GatherND", {**x("N", 3, 4), "i": (I, ["N", 6, 1])}, batch_dims=1)
    yield case("unknown", "GatherND", {**x("N", 3, 4), "i": (I, [5, None])})
    yield case("", "TopK", {**x("N", 7, 4), "k": ints(3)}, 2, axis=1)
    yield case("unknown", "TopK", {**x("N", 7), "k": (I, [1])}, 2)
    yield case("", "CumSum", {**x("N", 3), "axis": np.array(1)})
    yield case("", "Trilu", {**x("N", 3, 4), "k": np.array(1)})
    yield case("", "ScatterElements", {**x("N", 3), "i": (I, ["N", 2]), "u": (F, ["N", 2])}, axis=1)
    yield case("", "ScatterND", {**x("N", 3), "i": (I, [2, 1]), "u": (F, [2, 3])})
    yield case("", "Expand", {**x(3, 1), "shape": ints(2, 1, 6)})
    yield case("symbol", "Expand", {**x("N", 1), "shape": ints(1, 4)})
    yield case("size against symbol", "Expand", {**x("N", 4), "shape": ints(3, 1)})
    yield case("unknown", "Expand", {**x(3, 1), "shape": (I, [2])})
    yield case("attribute", "Pad", x("N", 3, 4), opset=10, pads=[0, 1, 0, 0, 2, -1])
    yield case("input", "Pad", {**x("N", 3, 4), "pads": ints(0, 1, 0, 0, 2, 3)})
    yield case("axes", "Pad", {**x("N", 3, 4), "pads": ints(1, 2), "value": None, "axes": ints(-1)})
    yield case("symbol grows", "Pad", {**x("N", 3), "pads": ints(1, 0, 0, 0)})
    yield case("unknown", "Pad", {**x("N", 3), "pads": (I, [4])})
    yield case("", "Tile", {**x("N", 3, 4), "r": ints(1, 2, 3)})
    yield case("unknown", "Tile", {**x("N", 3), "r": (I, [2])})
    scales = np.array([1, 1, 2, 1.7], np.float32)
    yield case("scales", "Resize", {**x("N", 3, 4, 5), "roi": None, "scales": scales})
    yield case("sizes", "Resize", {**x(2, 3, 4, 5), "roi": None, "scales": None, "sizes": ints(2, 3, 7, 9)}, opset=13)
    yield case("axes", "Resize", {**x("N", 3, 4, 5), "roi": None, "scales": None, "sizes": ints(7, 9)}, axes=[2, 3])
    yield case("", "DepthToSpace", x("N", 8, 2, 3), blocksize=2)
    yield case("", "SpaceToDepth", x("N", 2, 4, 6), blocksize=2)
    yield case("matrices", "Einsum", ab(["N", 3], [3, 4]), equation="ij,jk->ik")
    yield case("ellipsis", "Einsum", ab(["N", 2, 3], [3, 4]), equation="...j,jk->...k")
    yield case("no result", "Einsum", ab([2, 3], [3, 4]), equation="zb,ba")
    yield case("", "Mish", x("N", 3, None))
    yield case("", "GroupNormalization", {**x("N", 4, 3, 2), "s": (F, [4]), "b": (F, [4])}, opset=21, num_groups=2)
    yield case("", "Shape", x("N", 3, 4))
    yield case("part", "Shape", x("N", 3, 4), start=-2, end=100)
    yield case("", "Size", x("N", 3))
    yield case("", "OneHot", {"i": (I, ["N", 3]), "depth": np.array(7), "v": (F, [2])})
    yield case("axis 0", "OneHot", {"i": (I, ["N", 3]), "depth": np.array([7]), "v": (I, [2])}, axis=0)
    yield case("axis -2, unknown depth", "OneHot", {"i": (I, ["N"]), "depth": (I, []), "v": (F, [2])}, axis=-2)
    yield case("tensor", "Constant", {}, value=numpy_helper.from_array(np.zeros((2, 3), np.float32)))
    yield case("int", "Constant", {}, value_int=3)
    yield case("ints", "Constant", {}, value_ints=[1, 2])
    yield case("float", "Constant", {}, value_float=3.0)
    yield case("floats", "Constant", {}, value_floats=[1.0])
    yield case("string", "Constant", {}, value_string="a")
    yield case("strings", "Constant", {}, value_strings=["a", "b"])
    yield case("", "ConstantOfShape", {"shape": ints(2, 3)}, value=helper.make_tensor("", T.INT32, [1], [1]))
    yield case("default", "ConstantOfShape", {"shape": ints()})
    yield case("unknown", "ConstantOfShape", {"shape": (I, [2])})
    for start, limit, delta in ((0, 7, 1), (2, 11, 3), (9, 0, -4), (5, 2, 1)):
        yield case(f"{start} {limit} {delta}", "Range", {"s": np.array(start), "l": np.array(limit), "d": np.array(delta)})
    yield case("unknown", "Range", {"s": np.array(0), "l": (I, []), "d": np.array(1)})

    yield chain("the classic flatten of PyTorch", [
        N("Shape", ["x"], ["s"]), N("Gather", ["s", "zero"], ["n"], axis=0), N("Unsqueeze", ["n", "axes"], ["n1"]),
        N("Concat", ["n1", "rest"], ["target"], axis=0), N("Reshape", ["x", "target"], ["y"]),
    ], x("N", 3, 4), {"zero": np.array(0), "axes": ints(0), "rest": ints(-1)})
    yield chain("halves of a computed size", [
        N("Shape", ["x"], ["s"]), N("Slice", ["s", "one", "two", "zero"], ["c"]), N("Div", ["c", "two"], ["half"]), N("Cast", ["half"], ["cast"], to=T.INT64),
        N("Concat", ["keep", "half", "rest"], ["target"], axis=0), N("Reshape", ["x", "target"], ["y"]),
    ], x("N", 6, 4), {"zero": ints(0), "one": ints(1), "two": ints(2), "keep": ints(0), "rest": ints(-1)})
    yield chain("shape of a shape", [
        N("Shape", ["x"], ["s"]), N("ConstantOfShape", ["s"], ["zeros"]), N("Expand", ["one", "s"], ["ones"]), N("Size", ["x"], ["n"]),
    ], x("N", 6, 4), {"one": np.float32([1])})
    yield chain("arithmetic of sizes", [
        N("Shape", ["x"], ["s"], start=1), N("Mul", ["s", "two"], ["m"]), N("Add", ["m", "one"], ["a"]), N("Sub", ["a", "one"], ["b"]), N("ConstantOfShape", ["b"], ["y"]),
    ], x("N", 6, 4), {"two": ints(2), "one": ints(1)})
