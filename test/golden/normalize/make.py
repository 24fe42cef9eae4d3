"""Every byte through ToTensor and Normalize as PyTorch computes them: python3 make.py (torch 2.13). Writes planes.bin, float32 [3, 256]."""

import pathlib

import torch

MEAN = [0.485, 0.456, 0.406]
STD = [0.229, 0.224, 0.225]

if __name__ == "__main__":
    byte = torch.arange(256, dtype=torch.uint8).expand(3, 256)
    unit = byte.to(torch.float32).div(255)  # torchvision's to_tensor
    mean = torch.tensor(MEAN, dtype=torch.float32)[:, None]
    std = torch.tensor(STD, dtype=torch.float32)[:, None]
    planes = unit.clone().sub_(mean).div_(std)  # torchvision's normalize
    (pathlib.Path(__file__).parent / "planes.bin").write_bytes(planes.numpy().tobytes())
