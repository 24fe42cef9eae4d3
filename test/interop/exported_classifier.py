"""What Python makes of an exported classifier: python3 exported_classifier.py (onnx 1.23.1, onnxruntime 1.30.0, Pillow 12.3.0).

Exports a tiny classifier with this library, has onnx check it, classifies three images with nothing but the metadata of
the file, Pillow and onnxruntime, and writes models, images and answers to ../golden/classifier.
"""

import json
import pathlib
import subprocess

import numpy as np
import onnx
import onnxruntime
from PIL import Image, ImageOps

HERE = pathlib.Path(__file__).parent
OUT = HERE.parent / "golden" / "classifier"


def draw(name, height, width, seed, orientation=1):
    """A gradient with a bright disc, so that where it is cut and how it is scaled make a difference."""
    rng = np.random.default_rng(seed)
    y, x = np.mgrid[0:height, 0:width]
    slopes = rng.uniform(-3, 3, (3, 2))
    pixels = 128 + y[..., None] * slopes[:, 0] + x[..., None] * slopes[:, 1] + rng.normal(0, 12, (height, width, 3))
    disc = (y - height * 0.4) ** 2 + (x - width * 0.6) ** 2 < (min(height, width) / 4) ** 2
    pixels[disc] = rng.uniform(0, 255, 3)
    exif = Image.Exif()
    exif[0x112] = orientation
    Image.fromarray(np.clip(pixels, 0, 255).astype(np.uint8)).save(OUT / name, exif=None if orientation == 1 else exif)


def prepare(image, p):
    """As docs/export.md does it."""
    grey = lambda when: image.convert("L").convert("RGB") if p.get("grayscale") == when else image
    image = grey("beforeResize")
    size = p["resize"]
    size = size[::-1] if isinstance(size, list) else [int(size * side / min(image.size)) for side in image.size]
    image = image.resize(size, Image.Resampling.BILINEAR)
    left, top = [round((side - p["crop"]) / 2) for side in size]
    image = grey("afterResize").crop((left, top, left + p["crop"], top + p["crop"]))
    return np.asarray(image, np.float32).transpose(2, 0, 1)[None] / 255


def classify(session, path):
    metadata = session.get_modelmeta().custom_metadata_map
    p = json.loads(metadata["preprocessing"])
    image = Image.open(path)
    image = (ImageOps.exif_transpose(image) if p["autoOrient"] else image).convert("RGB")
    image = prepare(image, p)
    outputs = {output.name: value[0] for output, value in zip(session.get_outputs(), session.run(None, {"image": image}))}
    classes = json.loads(metadata["classes"])
    answer = {"scores": dict(zip(classes, outputs["probabilities"].tolist())), "logits": outputs["logits"].tolist()}
    if "top_classes" not in outputs:
        return answer
    places = outputs["top_classes"]
    assert np.array_equal(places, np.argsort(-outputs["probabilities"], kind="stable")[: len(places)])
    top = zip((classes[place] for place in places), outputs["top_probabilities"].tolist())
    return {**answer, "top": [{"label": label, "score": score} for label, score in top]}


def main():
    OUT.mkdir(parents=True, exist_ok=True)
    subprocess.run(["npx", "tsx", str(HERE / "exported_classifier.ts"), str(OUT)], check=True, cwd=HERE.parent.parent)
    draw("wide.png", 47, 64, 1)
    draw("tall.png", 90, 51, 2)
    draw("turned.png", 40, 71, 3, orientation=6)
    answers = {}
    for kind in ("float32", "float16", "top"):
        file = OUT / f"{kind}.onnx"
        onnx.checker.check_model(onnx.load(file), full_check=True)
        session = onnxruntime.InferenceSession(file)
        answers[kind] = {name: classify(session, OUT / name) for name in ("wide.png", "tall.png", "turned.png")}
    (OUT / "answers.json").write_text(json.dumps(answers, indent=2, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    main()
