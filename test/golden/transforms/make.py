"""What torchvision's transforms do to Pillow images: python3 make.py (torchvision 0.28.0, torch 2.13.0, Pillow 12.3.0, numpy).

Writes `cases.json`: the images, the cases (the operation, its arguments, the image, the shape of the result) and the magnitudes
of the augmentation policies; and `cases.bin`: the bytes of the images, then those of the results, one after another.
"""

import json
import pathlib

import numpy as np
import PIL.Image
import torch
from torchvision.transforms import v2
from torchvision.transforms.v2 import functional as F

HERE = pathlib.Path(__file__).parent
FILL = [10, 200, 90]
MODES = ["nearest", "bilinear"]


def images():
    """A smooth image with some noise and many pixels, a dark one of little contrast, one without any, and narrow ones."""
    rng = np.random.default_rng(0)
    y, x = np.mgrid[0:20, 0:28]
    smooth = np.stack([9 * x, 12 * y, 4 * (x + y)], 2) + rng.integers(0, 30, (20, 28, 3))
    return {
        "smooth": smooth.clip(0, 255).astype(np.uint8),
        "dark": rng.integers(20, 90, (17, 24, 3)).astype(np.uint8),
        "flat": np.full((4, 5, 3), 77, np.uint8),
        "row": rng.integers(0, 256, (1, 9, 3)).astype(np.uint8),
        "column": rng.integers(0, 256, (7, 2, 3)).astype(np.uint8),
    }


def noise(height, width):
    """Numbers in -1..1 that every language computes alike."""
    y, x = np.mgrid[0:height, 0:width]
    return torch.tensor(((x * 7 + y * 3) % 11 - 5) / 5, dtype=torch.float32)


def elastic(image, alpha, sigma, interpolation, fill):
    """`v2.ElasticTransform`, its random numbers replaced by `noise` (which `rand * 2 - 1` becomes)."""
    transform = v2.ElasticTransform(alpha, sigma, interpolation, fill)
    drawn, torch.rand = torch.rand, lambda *shape: (noise(*shape[-2:]).double() + 1).div(2).float().view(shape)
    try:
        return transform(image)
    finally:
        torch.rand = drawn


def affine(image, move, interpolation, fill):
    arguments = {"angle": 0, "translate": [0, 0], "scale": 1, "shear": [0, 0], **move}
    return F.affine(image, **arguments, interpolation=interpolation, fill=fill)


def perspective(image, corners, interpolation, fill):
    right, bottom = image.width - 1, image.height - 1
    start = [[0, 0], [right, 0], [right, bottom], [0, bottom]]
    return F.perspective(image, start, corners, interpolation=interpolation, fill=fill)


def mix(image, own, shares, operations):
    """`v2.AugMix` with operations that are the same on tensors and Pillow images, and with given shares."""
    transform = v2.AugMix(mixture_width=len(shares), chain_depth=1)
    weights = iter([torch.tensor([[own, 1 - own]]), torch.tensor([shares])])
    chosen = iter(operations)
    transform._sample_dirichlet = lambda _: next(weights)
    transform._get_random_item = lambda space: (lambda name: (name, space[name]))(next(chosen)[0])
    levels = iter([level for _, level in operations])
    drawn, torch.randint = torch.randint, lambda *_, **__: torch.tensor(next(levels))
    try:
        return transform(image)
    finally:
        torch.randint = drawn


def policy(image, name, magnitude, interpolation, fill):
    return v2.RandAugment()._apply_image_or_video_transform(image, name, magnitude, interpolation, {PIL.Image.Image: fill})


CALLS = {
    "verticalFlip": F.vertical_flip,
    "pad": F.pad,
    "blur": F.gaussian_blur,
    "invert": F.invert,
    "posterize": F.posterize,
    "solarize": F.solarize,
    "autocontrast": F.autocontrast,
    "equalize": F.equalize,
    "sharpness": F.adjust_sharpness,
    "affine": affine,
    "rotate": F.rotate,
    "perspective": perspective,
    "elastic": elastic,
    "grayscale": lambda image: F.rgb_to_grayscale(image, 3),
    "fiveCrop": F.five_crop,
    "tenCrop": F.ten_crop,
    "policy": policy,
    "mix": mix,
}


def cases():
    yield "verticalFlip", "smooth", {}
    yield "pad", "dark", {"padding": 3, "fill": FILL, "padding_mode": "constant"}
    for mode in ["edge", "reflect", "symmetric"]:
        yield "pad", "dark", {"padding": [5, 1, 2, 4], "padding_mode": mode}
        yield "pad", "column", {"padding": [4, 11], "padding_mode": mode}
    yield "blur", "smooth", {"kernel_size": [3, 3], "sigma": [0.8, 0.8]}
    yield "blur", "smooth", {"kernel_size": [9, 5], "sigma": [2.3, 2.3]}
    yield "invert", "dark", {}
    for bits in [0, 1, 3, 8]:
        yield "posterize", "dark", {"bits": bits}
    for threshold in [0, 50, 60.5, 256]:
        yield "solarize", "dark", {"threshold": threshold}
    for name in ["autocontrast", "equalize"]:
        for image in ["smooth", "dark", "flat", "row"]:
            yield name, image, {}
    for factor in [0, 0.4, 1, 2.7]:
        yield "sharpness", "smooth", {"sharpness_factor": factor}
    yield "sharpness", "column", {"sharpness_factor": 2}
    for interpolation in MODES:
        how = {"interpolation": interpolation, "fill": FILL}
        yield "affine", "smooth", {"move": {"angle": 23.7}, **how}
        yield "affine", "smooth", {"move": {"translate": [5, -3]}, **how}
        yield "affine", "smooth", {"move": {"scale": 0.71}, **how}
        yield "affine", "dark", {"move": {"angle": -70, "translate": [2, 3], "scale": 1.4, "shear": [11.5, -20]}, **how}
        yield "affine", "dark", {"move": {"shear": [30, 0], "center": [0, 0]}, **how}
        yield "affine", "row", {"move": {"angle": 10, "shear": [89.9, 0], "scale": 0.001}, **how}
        for angle in [0, 90, 180, 33.3]:
            yield "rotate", "column", {"angle": angle, **how}
        yield "rotate", "smooth", {"angle": -48, **how}
        yield "perspective", "smooth", {"corners": [[3, 2], [25, 0], [20, 18], [1, 12]], **how}
        yield "perspective", "dark", {"corners": [[11, 8], [12, 8], [23, 16], [0, 9]], **how}
        yield "elastic", "smooth", {"alpha": [90, 60], "sigma": [1.1, 0.7], **how}
        yield "elastic", "dark", {"alpha": [200, 200], "sigma": [0.6, 0.6], **how}
    yield "grayscale", "smooth", {}
    yield "fiveCrop", "smooth", {"size": [9, 14]}
    yield "tenCrop", "smooth", {"size": [7, 5]}
    yield "tenCrop", "dark", {"size": [5, 6], "vertical_flip": True}
    how = {"interpolation": "nearest", "fill": FILL}
    for name, magnitude in [
        ("Identity", 0), ("ShearX", 0.09), ("ShearX", -0.97), ("ShearY", 0.3), ("TranslateX", 8.9), ("TranslateY", -6.2),
        ("Rotate", 9), ("Rotate", -135), ("Brightness", 0.27), ("Brightness", -0.9), ("Color", 0.9), ("Color", -0.4),
        ("Contrast", 0.5), ("Contrast", -0.27), ("Sharpness", 0.9), ("Sharpness", -0.6), ("Posterize", 5), ("Solarize", 0.7),
        ("AutoContrast", 0), ("Equalize", 0), ("Invert", 0),
    ]:  # fmt: skip
        yield "policy", "dark", {"name": name, "magnitude": magnitude, **how}
    for name, magnitude in [("ShearY", 0.2), ("TranslateX", 3), ("Rotate", 17)]:
        yield "policy", "dark", {"name": name, "magnitude": magnitude, "interpolation": "bilinear", "fill": 0}
    operations = [("Posterize", 2), ("Solarize", 1)]
    yield "mix", "smooth", {"own": 0.37, "shares": [0.31, 0.69], "operations": operations}


def magnitudes():
    """Every magnitude of every operation, on an image of 224 x 333 pixels, as the policies have them."""
    spaces = {
        "randAugment": (v2.RandAugment._AUGMENTATION_SPACE, 31),
        "trivialAugmentWide": (v2.TrivialAugmentWide._AUGMENTATION_SPACE, 31),
        "autoAugment": (v2.AutoAugment._AUGMENTATION_SPACE, 10),
        "augMix": (v2.AugMix._AUGMENTATION_SPACE, 10),
        "augMixPartial": (v2.AugMix._PARTIAL_AUGMENTATION_SPACE, 10),
    }
    for policy, (space, count) in spaces.items():
        table = {}
        for name, (values, signed) in space.items():
            all_of_them = values(count, 224, 333)
            table[name] = None if all_of_them is None else {"signed": signed, "values": [float(v) for v in all_of_them]}
        yield policy, {"levels": count, "space": table}


def main():
    sources = images()
    blob = [pixels.tobytes() for pixels in sources.values()]
    listed = []
    for name, image, arguments in cases():
        call = {key: value for key, value in arguments.items()}
        result = CALLS[name](PIL.Image.fromarray(sources[image]), **call)
        views = result if isinstance(result, tuple) else [result]
        pixels = [np.asarray(view) for view in views]
        blob += [view.tobytes() for view in pixels]
        shape = list(pixels[0].shape[:2])
        listed.append({"call": name, "image": image, **arguments, "shape": shape, "views": len(views)})
    policy = v2.AutoAugment()._policies
    text = {
        "images": {name: list(pixels.shape[:2]) for name, pixels in sources.items()},
        "cases": listed,
        "magnitudes": dict(magnitudes()),
        "imagenetPolicy": [[[name, p, *([] if level is None else [level])] for name, p, level in pair] for pair in policy],
    }
    lines = [json.dumps(case) for case in text["cases"]]
    head = json.dumps({**text, "cases": []})
    (HERE / "cases.json").write_text(head.replace('"cases": []', '"cases": [\n' + ",\n".join(lines) + "\n]") + "\n")
    (HERE / "cases.bin").write_bytes(b"".join(blob))


if __name__ == "__main__":
    main()
