"""Small ONNX models and what Python's onnx says of them. Run: python3 test/golden/onnx/make.py"""

import base64
import json
import pathlib

import numpy as np
import onnx
import onnxruntime
from onnx import TensorProto as T
from onnx import defs, helper, numpy_helper, shape_inference

from shape_cases import cases

onnxruntime.set_default_logger_severity(4)
here = pathlib.Path(__file__).parent
info = helper.make_tensor_value_info


def field(number, text):
    """An unknown field: `number`, length-delimited. Parsers keep it."""
    body = text.encode()
    tag = number << 3 | 2
    head = bytes([tag & 0x7F | 0x80, tag >> 7])
    return head + bytes([len(body)]) + body


def parsed(message, number, text):
    message.MergeFromString(field(number, text))


def save(name, model):
    (here / f"{name}.onnx").write_bytes(model.SerializeToString())


def model_of(graph, opsets=(("", 18),), **more):
    return helper.make_model(graph, opset_imports=[helper.make_opsetid(*o) for o in opsets], ir_version=9, **more)


def tensor(name, data_type, dims, **data):
    message = T(name=name, data_type=data_type, dims=dims)
    for key, values in data.items():
        if key == "raw_data":
            message.raw_data = values
        else:
            getattr(message, key).extend(values)
    return message


# Every way in which a tensor can be stored, and the elements that numpy reads.
floats = np.array([1.5, -0.0, np.inf, 1e-30], np.float32)
half = np.array([1.5, -2.25, 65504, 6e-8], np.float16)
brain = [0x3FC0, 0xC010, 0x7F7F, 0x0001]
stored = [
    tensor("float_raw", T.FLOAT, [2, 2], raw_data=floats.tobytes()),
    tensor("float_data", T.FLOAT, [4], float_data=floats),
    tensor("double_raw", T.DOUBLE, [2], raw_data=np.array([1 / 3, -1e300]).tobytes()),
    tensor("double_data", T.DOUBLE, [2], double_data=[1 / 3, -1e300]),
    tensor("half_raw", T.FLOAT16, [4], raw_data=half.tobytes()),
    tensor("half_int32", T.FLOAT16, [4], int32_data=half.view(np.uint16).tolist()),
    tensor("brain_raw", T.BFLOAT16, [4], raw_data=np.array(brain, np.uint16).tobytes()),
    tensor("brain_int32", T.BFLOAT16, [4], int32_data=brain),
    tensor("int8_raw", T.INT8, [3], raw_data=np.array([-128, -1, 127], np.int8).tobytes()),
    tensor("int8_int32", T.INT8, [3], int32_data=[-128, -1, 127]),
    tensor("uint8_int32", T.UINT8, [3], int32_data=[0, 128, 255]),
    tensor("int16_int32", T.INT16, [3], int32_data=[-32768, -1, 32767]),
    tensor("uint16_int32", T.UINT16, [3], int32_data=[0, 32768, 65535]),
    tensor("int32_int32", T.INT32, [3], int32_data=[-(2**31), -1, 2**31 - 1]),
    tensor("int32_raw", T.INT32, [2], raw_data=np.array([-(2**31), 7], np.int32).tobytes()),
    tensor("bool_int32", T.BOOL, [3], int32_data=[1, 0, 1]),
    tensor("bool_raw", T.BOOL, [3], raw_data=b"\1\0\1"),
    tensor("int64_data", T.INT64, [3], int64_data=[-(2**63), -1, 2**63 - 1]),
    tensor("int64_raw", T.INT64, [2], raw_data=np.array([-(2**63), 2**63 - 1], np.int64).tobytes()),
    tensor("uint32_data", T.UINT32, [2], uint64_data=[0, 2**32 - 1]),
    tensor("uint64_data", T.UINT64, [2], uint64_data=[0, 2**64 - 1]),
    tensor("strings", T.STRING, [2, 2], string_data=[b"", "Würstchen".encode(), "\ufeffbom".encode(), b"a,b"]),
    tensor("scalar", T.FLOAT, [], float_data=[3]),
    tensor("empty", T.FLOAT, [0, 3]),
    tensor("empty_raw", T.INT64, [0], raw_data=b""),
]


def elements(message):
    if message.data_type == T.STRING:
        return [text.decode() for text in message.string_data]
    if message.data_type == T.BFLOAT16:
        return brain
    array = numpy_helper.to_array(message)
    if array.dtype == np.float16:
        array = array.view(np.uint16)
    if array.dtype == np.bool_:
        array = array.astype(np.uint8)
    return [repr(value) for value in array.reshape(-1).tolist()]


storage = helper.make_graph(
    [helper.make_node("Identity", ["float_raw"], ["y"])], "storage", [], [info("y", T.FLOAT, [2, 2])], initializer=stored
)
save("storage", model_of(storage))
types = {code: name.lower() for name, code in T.DataType.items()} | {T.FLOAT: "float32", T.DOUBLE: "float64"}
golden = {"tensors": {t.name: {"type": types[t.data_type], "dims": list(t.dims), "elements": elements(t)} for t in stored}}


# What graphs hold beyond nodes: subgraphs, functions, sparse tensors, odd values, and fields of a later format.
def branch(name, value):
    nodes = [helper.make_node("Add", ["doubled", f"{name}_w"], [f"{name}_sum"]), helper.make_node("Relu", [f"{name}_sum"], [f"{name}_y"])]
    weights = [helper.make_tensor(f"{name}_w", T.FLOAT, [2], [value, -value])]
    sparse = helper.make_sparse_tensor(
        helper.make_tensor(f"{name}_sparse", T.FLOAT, [1], [5]), helper.make_tensor("", T.INT64, [1], [1]), [2]
    )
    nodes.append(helper.make_node("Mul", [f"{name}_y", f"{name}_sparse"], [f"{name}_z"]))
    return helper.make_graph(nodes, name, [], [info(f"{name}_z", T.FLOAT, [2])], weights, sparse_initializer=[sparse], doc_string="a branch")


far = 2**63 - 1
nodes = [
    helper.make_node("Add", ["x", "x"], ["doubled"], doc_string="twice"),
    helper.make_node("If", ["flag"], ["chosen"], name="choose", then_branch=branch("then", 1.0), else_branch=branch("else", 2.0)),
    helper.make_node("Twice", ["chosen"], ["more"], domain="local.functions"),
    helper.make_node("Slice", ["more", "begin", "end"], ["sliced"], name="slice"),
    helper.make_node("SequenceConstruct", ["sliced", "sliced"], ["both"]),
    helper.make_node("Mul", ["sliced", "sparse"], ["y"], domain="ai.onnx"),
    helper.make_node(
        "Odd", ["y", ""], ["", "odd"], domain="com.example", overload="v2",
        text="Würstchen", texts=["a", ""], number=-3, numbers=[far, -far - 1, 5], real=float("nan"), reals=[-0.0, 1e-45],
        kind=helper.make_tensor_type_proto(T.FLOAT, ["N", 2]), weights=helper.make_tensor("", T.INT8, [2], [-1, 1]),
        several=[helper.make_tensor("a", T.FLOAT, [1], [1]), helper.make_tensor("b", T.FLOAT, [1], [2])],
    ),
]
graph = helper.make_graph(
    nodes, "everything",
    [info("x", T.FLOAT, ["N"]), info("flag", T.BOOL, []), info("begin", T.INT64, [1])],
    [info("y", T.FLOAT, None), helper.make_value_info("both", helper.make_sequence_type_proto(helper.make_tensor_type_proto(T.FLOAT, [None])))],
    [tensor("begin", T.INT64, [1], int64_data=[0]), tensor("end", T.INT64, [1], int64_data=[far])],
    doc_string="a graph",
    value_info=[
        info("doubled", T.FLOAT, ["N"], "a doc"), info("sliced", T.FLOAT, [-1]), info("y", T.FLOAT, [2]), info("odd", T.FLOAT8E5M2, [1]),
        helper.make_value_info("maps", helper.make_map_type_proto(T.INT64, helper.make_tensor_type_proto(T.FLOAT, []))),
        helper.make_value_info("maybe", helper.make_optional_type_proto(helper.make_tensor_type_proto(T.FLOAT, []))),
    ],
    sparse_initializer=[helper.make_sparse_tensor(helper.make_tensor("sparse", T.FLOAT, [1], [7]), helper.make_tensor("", T.INT64, [1], [0]), [2])],
)
twice = helper.make_function(
    "local.functions", "Twice", ["a"], ["b"], [helper.make_node("Add", ["a", "a"], ["b"], name="sum")], [helper.make_opsetid("", 18)], doc_string="2a"
)
model = model_of(
    graph, (("", 18), ("local.functions", 1), ("com.example", 3), ("ai.onnx.ml", 4)), functions=[twice],
    producer_name="make.py", producer_version="1", doc_string="a model", domain="org.example", model_version=7,
)
helper.set_model_props(model, {"classes": '["hotdog","not-hotdog"]', "leer": "", "größe": "groß"})
helper.set_metadata_props(model.graph.node[0], {"stage": "1"})
model.graph.quantization_annotation.add(tensor_name="x").quant_parameter_tensor_names.add(key="SCALE_TENSOR", value="s")
model.training_info.add().update_binding.add(key="begin", value="end")
model.training_info[0].algorithm.CopyFrom(helper.make_graph([helper.make_node("Identity", ["begin"], ["end_"])], "algorithm", [], []))
for number, (place, message) in enumerate(
    {
        "model": model, "graph": model.graph, "node": model.graph.node[0], "attribute": model.graph.node[6].attribute[0],
        "tensor": model.graph.initializer[0], "value": model.graph.input[0], "inner": model.graph.node[1].attribute[0].g.node[0],
        "opset": model.opset_import[0],
    }.items()
):
    parsed(message, 200 + number, f"unknown of {place}")
save("everything", model)

# The same model as an older exporter would write it: no optional field, the default domain by its long name.
old = helper.make_graph(
    [helper.make_node("Relu", ["x"], ["y"], domain="ai.onnx"), helper.make_node("Neg", ["y"], ["z"])],
    "old", [info("x", T.FLOAT, ["batch", 3]), info("w", T.FLOAT, [1])], [info("z", T.FLOAT, ["batch", 3])], [helper.make_tensor("w", T.FLOAT, [1], [1])],
)
save("old", model_of(old, (("ai.onnx", 9),)))


# Shape inference: the same node in a model of its own, and what onnx infers.
def dims(value):
    shape = value.type.tensor_type
    if not shape.HasField("shape"):
        return None
    named = [d.dim_value if d.HasField("dim_value") else d.dim_param or None for d in shape.shape.dim]
    return [None if str(d).startswith("unk__") else d for d in named]


def inferred(case):
    outputs = sorted({name for node in case["nodes"] for name in node.output if name})
    inputs = [info(name, *spec) for name, spec in case["inputs"].items()]
    weights = [numpy_helper.from_array(np.array(value), name) for name, value in case.get("constants", {}).items()]
    graph = helper.make_graph(case["nodes"], "case", inputs, [onnx.ValueInfoProto(name=name) for name in outputs], weights)
    model = model_of(graph, (("", case["opset"]),))
    bare = model.SerializeToString()
    result = shape_inference.infer_shapes(model, strict_mode=True, data_prop=True)
    values = {o.name: {"type": types.get(o.type.tensor_type.elem_type, "undefined"), "shape": dims(o)} for o in result.graph.output}
    sizes = [{"N": 2, "M": 3, "K": 5, "H": 7, "W": 9, "C": 4, None: 3}, dict.fromkeys(["N", "M", "K", "H", "W", "C", None], 1)]
    ran = next(filter(None, (run(model, result, size, fill) for size in sizes for fill in (0, 1))), None)
    return {"name": case["name"], "model": base64.b64encode(bare).decode(), "values": values, "ran": ran}


def run(model, result, sizes, fill):
    """The shapes of what ONNX Runtime computes when the symbols have these sizes, or None if it cannot."""
    for output, typed in zip(model.graph.output, result.graph.output):
        output.CopyFrom(typed)
        output.type.tensor_type.ClearField("shape")
    try:
        session = onnxruntime.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
        feeds = {}
        for value in result.graph.input:
            kind = helper.tensor_dtype_to_np_dtype(value.type.tensor_type.elem_type)
            feeds[value.name] = np.full([d if isinstance(d, int) else sizes[d] for d in dims(value)], fill, kind)
        arrays = session.run(None, feeds)
    except Exception:
        return None
    return {"sizes": {k: v for k, v in sizes.items() if k}, "shapes": {o.name: list(a.shape) for o, a in zip(model.graph.output, arrays)}}


golden["shapes"] = [inferred(case) for case in cases()]

# Attributes of the standard that are floats.
kinds = {}
for schema in defs.get_all_schemas_with_history():
    if schema.domain == "":
        for name, attribute in schema.attributes.items():
            kinds.setdefault(name, set()).add(attribute.type.name)
golden["floats"] = sorted(n for n, k in kinds.items() if "FLOAT" in k and not k & {"INT"})
golden["floatLists"] = sorted(n for n, k in kinds.items() if "FLOATS" in k)
golden["ints"] = sorted(n for n, k in kinds.items() if k & {"INT", "INTS"} and not k & {"FLOAT", "FLOATS"})
(here / "golden.json").write_text(json.dumps(golden, ensure_ascii=False) + "\n")
