"""Pillow's resize of random pictures: python3 make.py (Pillow 12.3.0, numpy). Writes cases.json and cases.bin beside itself.

cases.bin is, for each case, the source bytes [h, w, 3], then the result bytes [h, w, 3], one case after another.
"""

import json
import pathlib

import numpy as np
from PIL import Image

SIZES = [  # source (h, w), result (h, w)
    ((37, 53), (16, 16)),
    ((16, 16), (37, 53)),
    ((64, 48), (63, 7)),
    ((5, 90), (5, 31)),
    ((90, 5), (31, 5)),
    ((1, 40), (9, 13)),
    ((40, 1), (13, 9)),
    ((1, 1), (4, 3)),
    ((23, 31), (1, 1)),
    ((33, 33), (32, 32)),
    ((32, 32), (33, 33)),
    ((2, 3), (64, 64)),
]


def source(rng, height, width):
    """Noise over a gradient, with saturated places, so that rounding and the ends of the range are met."""
    ramp = np.linspace(-40, 295, width)[None, :, None] + np.linspace(0, 60, height)[:, None, None] * [1, -1, 0.5]
    return np.clip(ramp + rng.normal(0, 60, (height, width, 3)), 0, 255).astype(np.uint8)


def main():
    here = pathlib.Path(__file__).parent
    rng = np.random.default_rng(0)
    blob = b""
    for (height, width), (new_height, new_width) in SIZES:
        pixels = source(rng, height, width)
        resized = Image.fromarray(pixels).resize((new_width, new_height), Image.Resampling.BILINEAR)
        blob += pixels.tobytes() + np.asarray(resized).tobytes()
    (here / "cases.bin").write_bytes(blob)
    (here / "cases.json").write_text(json.dumps([{"from": list(a), "to": list(b)} for a, b in SIZES]) + "\n")


if __name__ == "__main__":
    main()
