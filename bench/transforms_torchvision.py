"""Milliseconds for each of torchvision's transforms of a Pillow image of 224 x 224 pixels, as JSON, for transforms.js."""

import json
import statistics
import sys
import time

import numpy as np
import PIL.Image
import torch
from torchvision.transforms import v2

torch.set_num_threads(1)
ROUNDS = int(sys.argv[1])
TRANSFORMS = {
    "Resize": v2.Resize([150, 150]),
    "RandomVerticalFlip": v2.RandomVerticalFlip(1),
    "Pad": v2.Pad(16, padding_mode="reflect"),
    "GaussianBlur": v2.GaussianBlur(23, 2.0),
    "RandomInvert": v2.RandomInvert(1),
    "RandomPosterize": v2.RandomPosterize(4, 1),
    "RandomSolarize": v2.RandomSolarize(128, 1),
    "RandomAutocontrast": v2.RandomAutocontrast(1),
    "RandomEqualize": v2.RandomEqualize(1),
    "RandomAdjustSharpness": v2.RandomAdjustSharpness(2, 1),
    "RandomGrayscale": v2.RandomGrayscale(1),
    "ColorJitter": v2.ColorJitter(0.4, 0.4, 0.4, 0.1),
    "RandomRotation": v2.RandomRotation(30),
    "RandomAffine, nearest": v2.RandomAffine(30, shear=10),
    "RandomAffine, bilinear": v2.RandomAffine(30, shear=10, interpolation="bilinear"),
    "RandomPerspective": v2.RandomPerspective(p=1),
    "ElasticTransform": v2.ElasticTransform(),
    "RandAugment": v2.RandAugment(),
    "TrivialAugmentWide": v2.TrivialAugmentWide(),
    "AutoAugment": v2.AutoAugment(),
    "AugMix": v2.AugMix(),
}


def median(transform, image):
    def once():
        start = time.perf_counter()
        transform(image)
        return (time.perf_counter() - start) * 1000

    return statistics.median(once() for _ in range(ROUNDS))


def main():
    pixels = np.random.default_rng(0).integers(0, 256, (224, 224, 3)).astype(np.uint8)
    image = PIL.Image.fromarray(pixels)
    for transform in TRANSFORMS.values():
        transform(image)
    print(json.dumps({name: median(transform, image) for name, transform in TRANSFORMS.items()}))


if __name__ == "__main__":
    main()
