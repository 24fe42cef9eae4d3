"""Gradients of torch.nn.functional.scaled_dot_product_attention in float64.

    pip install torch==2.13.0
    python make.py    # writes attention.json

Inputs are random; the loss is the cross-entropy of the results times random factors, as two rows of scores.
"""
import json
import pathlib

import torch
import torch.nn.functional as F

CASES = {
    "plain": dict(heads=2, groups=2),
    "causal": dict(heads=2, groups=2, is_causal=True),
    "grouped": dict(heads=4, groups=2, scale=0.7),
    "float mask": dict(heads=2, groups=2, mask="float"),
    "bool mask": dict(heads=2, groups=2, mask="bool"),
}
BATCH, TOKENS, SIZE = 2, 3, 2


def numbers(*shape):
    return torch.randn(*shape).double().round(decimals=4)


def run(heads, groups, mask=None, is_causal=False, scale=None):
    query = numbers(BATCH, heads, TOKENS, SIZE).requires_grad_()
    key, value = (numbers(BATCH, groups, TOKENS, SIZE).requires_grad_() for _ in range(2))
    masks = {None: None, "float": numbers(TOKENS, TOKENS), "bool": torch.ones(TOKENS, TOKENS).tril().bool().flip(0)}
    y = F.scaled_dot_product_attention(query, key, value, masks[mask], is_causal=is_causal, scale=scale,
                                       enable_gqa=heads != groups)
    factors = numbers(*y.shape)
    F.cross_entropy((y * factors).reshape(BATCH, -1), torch.tensor([1, 0])).backward()
    listed = lambda tensor: [round(number, 9) for number in tensor.flatten().tolist()]
    return {"heads": heads, "groups": groups, "causal": is_causal, "scale": scale,
            "mask": masks[mask] if mask is None else masks[mask].tolist(),
            "inputs": [listed(x.detach()) for x in (query, key, value)], "factors": listed(factors),
            "result": listed(y.detach()), "gradients": [listed(x.grad) for x in (query, key, value)]}


torch.manual_seed(0)
facts = {"batch": BATCH, "tokens": TOKENS, "size": SIZE, "cases": {name: run(**case) for name, case in CASES.items()}}
path = pathlib.Path(__file__).parent / "attention.json"
path.write_text(json.dumps(facts, separators=(",", ":")) + "\n")
