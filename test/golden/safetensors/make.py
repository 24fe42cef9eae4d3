"""Files of the reference implementation: pip install safetensors==0.8.0 torch==2.13.0, then python make.py."""
import os

import numpy as np
import torch
from safetensors.torch import save_file

here = os.path.dirname(os.path.abspath(__file__))
rng = np.random.default_rng(7)

# One tensor of each element type, scalars and empty shapes among them. All integers count 0, 1, 2 ... from a start.
types = {
    "bool": torch.tensor([True, False, True]),
    "uint8": torch.arange(250, 256, dtype=torch.uint8),
    "int8": torch.arange(-2, 2, dtype=torch.int8),
    "int16": torch.arange(-2, 4, dtype=torch.int16).reshape(2, 3),
    "uint16": torch.arange(65530, 65536).to(torch.uint16),
    "float16": torch.tensor([0.5, -2.0, 65504.0], dtype=torch.float16),
    "bfloat16": torch.tensor([[0.5], [-2.0]], dtype=torch.bfloat16),
    "int32": torch.arange(-1, 3, dtype=torch.int32),
    "uint32": torch.tensor([4294967295], dtype=torch.int64).to(torch.uint32),
    "float32": torch.tensor([[1.5, -0.0], [float("inf"), 1e-45]]),
    "float64": torch.tensor(3.141592653589793, dtype=torch.float64),
    "int64": torch.tensor([-(2**53) - 1, 2**62], dtype=torch.int64),
    "uint64": torch.tensor([7], dtype=torch.uint64),
    "scalar": torch.tensor(5, dtype=torch.int64),
    "empty": torch.zeros(0, 4),
    'quoted "näme"\n': torch.tensor([1.0]),
}
save_file(types, os.path.join(here, "types.safetensors"), metadata={"note": 'says "hi"'})

# Narrowing: random bits, and every neighbourhood where rounding turns.
edges = np.array([0x33000000, 0x33000001, 0x32FFFFFF, 0x387FFFFF, 0x38800000, 0x477FEFFF, 0x477FF000, 0x7F7FFFFF,
                  0x7F800000, 0x7F800001, 0x7FC00000, 0x7FFFFFFF, 0, 1, 0x807FFFFF, 0x3F801000, 0x3F803000], "u4")
edges = np.concatenate([edges, edges | 0x80000000, np.arange(0x33000000, 0x39000000, 0x2F4A1, dtype="u4"),
                        (np.arange(65536, dtype="u4")[::37] << 13) + 0x1000])
bits = np.concatenate([edges.astype("u4"), rng.integers(0, 2**32, 2048, dtype="u4")])
with np.errstate(over="ignore", invalid="ignore"):
    half = bits.view("f4").astype("f2").view("u2")
bfloat = torch.from_numpy(bits.view("f4")).to(torch.bfloat16).view(torch.uint16).numpy()
save_file({"float32": torch.from_numpy(bits.view("i4").copy()), "float16": torch.from_numpy(half.view("i2").copy()),
           "bfloat16": torch.from_numpy(bfloat.view("i2").copy())}, os.path.join(here, "narrowing.safetensors"))
# Widening: all 65,536 halves, as numpy widens them; a quarter of a megabyte, so only each 16th and the denormals.
every = np.unique(np.concatenate([np.arange(0, 65536, 16), np.arange(0, 1025), np.arange(0x7BFF, 0x7C20), [0xFFFF]])).astype("u2")
with np.errstate(invalid="ignore"):
    wide = every.view("f2").astype("f4").view("i4")
save_file({"float16": torch.from_numpy(every.view("i2").copy()), "float32": torch.from_numpy(wide.copy())},
          os.path.join(here, "widening.safetensors"))
