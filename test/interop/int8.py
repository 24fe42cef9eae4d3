"""What ONNX Runtime's own tool makes of a float32 classifier: python3 int8.py (onnxruntime 1.30.0, Pillow 12.3.0).

Quantizes ../golden/classifier/float32.onnx statically in QDQ form, calibrated on the three images beside it, once from
the smallest to the largest value and once by a percentile, and writes scales, zero points, int8 weights and logits to
../golden/int8.
"""

import json
import pathlib

import numpy as np
import onnx
import onnxruntime
from onnxruntime.quantization import CalibrationDataReader, CalibrationMethod, QuantType, quantize_static
from PIL import Image, ImageOps

from exported_classifier import prepare

HERE = pathlib.Path(__file__).parent
IN = HERE.parent / "golden" / "classifier"
OUT = HERE.parent / "golden" / "int8"
NAMES = ("wide.png", "tall.png", "turned.png")
OF_BOTH_SIDES = {"CalibPercentile": 99, "CalibTensorRangeSymmetric": False}


def images():
    metadata = onnxruntime.InferenceSession(IN / "float32.onnx").get_modelmeta().custom_metadata_map
    for name in NAMES:
        image = ImageOps.exif_transpose(Image.open(IN / name)).convert("RGB")
        yield prepare(image, json.loads(metadata["preprocessing"]))


class AllAtOnce(CalibrationDataReader):
    """All images are one batch: the tool's histogram of a percentile depends on the order of batches otherwise."""

    def __init__(self):
        self.left = [{"image": np.concatenate(list(images()))}]

    def get_next(self):
        return self.left.pop() if self.left else None


def quantize(kind, **options):
    path = OUT / f"{kind}.onnx"
    extra = {"OpTypesToExcludeOutputQuantization": ["Gemm"], **options.pop("extra", {})}
    ops = ["Conv", "Gemm", "Add", "Relu", "MaxPool", "GlobalAveragePool", "Flatten"]
    quantize_static(
        IN / "float32.onnx",
        path,
        AllAtOnce(),
        op_types_to_quantize=ops,
        per_channel=True,
        activation_type=QuantType.QUInt8,
        weight_type=QuantType.QInt8,
        extra_options=extra,
        **options,
    )
    tensors = {t.name: onnx.numpy_helper.to_array(t) for t in onnx.load(path).graph.initializer}
    session = onnxruntime.InferenceSession(path)
    logits = [session.run(["logits"], {"image": image})[0][0].tolist() for image in images()]
    path.unlink()
    kept = {name: tensor.ravel().tolist() for name, tensor in tensors.items() if is_compared(name, tensor)}
    return {"logits": logits, "tensors": kept}


def is_compared(name, tensor):
    """Scales and zero points of activations, and the weights and biases of a few layers."""
    if name.endswith(("_scale", "_zero_point")) and tensor.size == 1:
        return True
    return name.startswith(("conv1.", "layer2.0.downsample.0.", "fc."))


def main():
    OUT.mkdir(parents=True, exist_ok=True)
    answers = {
        "minMax": quantize("minMax"),
        "reduced": quantize("reduced", reduce_range=True),
        "percentile": quantize("percentile", calibrate_method=CalibrationMethod.Percentile, extra=OF_BOTH_SIDES),
    }
    (OUT / "answers.json").write_text(json.dumps(answers) + "\n")


if __name__ == "__main__":
    main()
