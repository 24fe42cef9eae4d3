"""Makes jpeg.json: pixels as Pillow reads them from the JPEG that it wrote, in hexadecimal digits.

The test makes the same images, from whole numbers. Pillow: python3 test/golden/jpeg/make.py
"""

import io
import json
from pathlib import Path

import numpy as np
from PIL import Image

SIZES = [(37, 29), (16, 16), (5, 6), (3, 4), (9, 2), (1, 1)]
QUALITIES = [1, 20, 50, 75, 95, 100]


def image(height, width):
    """Smooth with edges and noise."""
    y, x, channel = np.mgrid[0:height, 0:width, 0:3]
    return ((5 * x + 7 * y * (channel + 1) + (x * 31 + y * 17 + channel * 11) % 23 * (3 + channel)) % 256).astype(np.uint8)


def through(pixels, quality):
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "JPEG", quality=quality)
    return np.asarray(Image.open(file)).tobytes().hex()


cases = [
    {"height": height, "width": width, "quality": quality, "pixels": through(image(height, width), quality)}
    for height, width in SIZES
    for quality in QUALITIES
]
Path(__file__).with_name("jpeg.json").write_text(json.dumps(cases) + "\n")
