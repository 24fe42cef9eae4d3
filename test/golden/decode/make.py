"""Small pictures of every kind and their pixels by Pillow's convert('RGB'): python3 make.py (Pillow 12.3.0, numpy).

Writes, for each picture, the file and `<file>.rgb`, its raw bytes [12, 16, 3].
"""

import io
import pathlib
import struct
import zlib

import numpy as np
from PIL import Image

HERE = pathlib.Path(__file__).parent


def write(name, image, **options):
    image.save(HERE / name, **options)
    reference(name)


def reference(name):
    (HERE / f"{name}.rgb").write_bytes(np.asarray(Image.open(HERE / name).convert("RGB")).tobytes())


def png16(pixels):
    """A 16-bit colour PNG, which Pillow reads but does not write."""
    height, width, _ = pixels.shape
    rows = b"".join(b"\0" + row.astype(">u2").tobytes() for row in pixels)

    def chunk(name, data):
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    header = struct.pack(">IIBBBBB", width, height, 16, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


def main():
    rng = np.random.default_rng(0)
    ramp = np.linspace(0, 255, 16)[None, :, None] * [1, 0.5, 0.25] + np.linspace(0, 120, 12)[:, None, None]
    rgb = np.clip(ramp + rng.normal(0, 4, (12, 16, 3)), 0, 255).astype(np.uint8)
    colour = Image.fromarray(rgb)
    grey = colour.convert("L")
    palette = colour.quantize(16)
    first = tuple(int(value) for value in rgb[0, 0])
    turned = Image.Exif()
    turned[0x112] = 6  # orientation: turn by 90 degrees

    write("grey.png", grey)
    write("grey-alpha.png", Image.merge("LA", [grey, grey]))
    write("grey-16.png", Image.fromarray(np.asarray(grey).astype(np.uint16) * 3))
    write("black-white.png", grey.convert("1"))
    write("palette.png", palette)
    write("palette-transparent.png", palette, transparency=3)
    write("alpha.png", Image.merge("RGBA", [*colour.split(), grey]))
    write("transparent-colour.png", colour, transparency=first)
    (HERE / "colour-16.png").write_bytes(png16(rgb.astype(np.uint16) * 257 - rgb % 7))
    reference("colour-16.png")
    write("colour.bmp", colour)
    write("palette.bmp", palette)
    write("colour.gif", palette)
    write("colour.tif", colour)
    write("lossless.webp", colour, lossless=True)
    write("grey.jpg", grey, quality=95)
    write("colour.jpg", colour, quality=95, subsampling=0)
    write("progressive.jpg", colour, quality=95, subsampling=0, progressive=True)
    write("cmyk.jpg", colour.convert("CMYK"), quality=95, subsampling=0)
    write("turned.jpg", colour, quality=95, subsampling=0, exif=turned)


if __name__ == "__main__":
    main()
