"""What torchvision's colour and rotation transforms do, by the calls of Pillow they make: python3 make.py (Pillow 12.3.0, numpy).

Writes source.bin [24, 31, 3] and, for each case, `<name>.bin` of the same shape.
"""

import pathlib

import numpy as np
from PIL import Image, ImageEnhance

HERE = pathlib.Path(__file__).parent


def hue(image, factor):
    """torchvision's `_adjust_hue_image_pil`."""
    h, s, v = image.convert("HSV").split()
    np_h = np.array(h, dtype=np.uint8)
    np_h += np.array(int(factor * 255)).astype(np.uint8)
    return Image.merge("HSV", (Image.fromarray(np_h, "L"), s, v)).convert("RGB")


def main():
    rng = np.random.default_rng(0)
    pixels = rng.integers(0, 256, (24, 31, 3)).astype(np.uint8)
    pixels[:4] = pixels[:4, :, :1]  # some grey
    image = Image.fromarray(pixels)
    results = {
        "grayscale": image.convert("L").convert("RGB"),
        "brightness-0.6": ImageEnhance.Brightness(image).enhance(0.6),
        "brightness-1.4": ImageEnhance.Brightness(image).enhance(1.4),
        "contrast-0.7": ImageEnhance.Contrast(image).enhance(0.7),
        "contrast-1.6": ImageEnhance.Contrast(image).enhance(1.6),
        "saturation-0.3": ImageEnhance.Color(image).enhance(0.3),
        "saturation-1.9": ImageEnhance.Color(image).enhance(1.9),
        "hue-0.13": hue(image, 0.13),
        "hue--0.4": hue(image, -0.4),
        "rotation-17.3": image.rotate(17.3, fillcolor=(1, 2, 3)),
        "rotation--121.9": image.rotate(-121.9, fillcolor=(1, 2, 3)),
    }
    (HERE / "source.bin").write_bytes(pixels.tobytes())
    for name, result in results.items():
        (HERE / f"{name}.bin").write_bytes(np.asarray(result).tobytes())


if __name__ == "__main__":
    main()
