"""Makes probe.json: softmax regressions with an L2 penalty on the weights, minimised by scipy in float64.

numpy, scipy: python3 test/golden/probe/make.py
"""

import json
from pathlib import Path

import numpy as np
from scipy.optimize import minimize
from scipy.special import log_softmax, softmax


def fit(x, y, classes, l2):
    """Minimises mean cross entropy + l2 / 2 * sum of squared weights (biases are free) by trust-region Newton."""
    n, d = x.shape
    extended = np.concatenate([x, np.ones((n, 1))], axis=1)
    penalty = np.concatenate([np.full(d, l2), [0]])
    onehot = np.eye(classes)[y]

    def value(flat):
        w = flat.reshape(classes, d + 1)
        z = extended @ w.T
        loss = -log_softmax(z, axis=1)[np.arange(n), y].mean() + (penalty * w**2).sum() / 2
        return loss, ((softmax(z, axis=1) - onehot).T @ extended / n + penalty * w).ravel()

    found = minimize(value, np.zeros(classes * (d + 1)), jac=True, method="BFGS", options={"gtol": 1e-10, "maxiter": 100000})
    return found.x.reshape(classes, d + 1), np.linalg.norm(value(found.x)[1]), found.fun


cases = []
for seed, (n, d, classes, l2) in enumerate([(40, 3, 2, 0.1), (90, 6, 4, 0.01), (60, 20, 3, 1.0), (30, 40, 3, 1e-3)]):
    random = np.random.default_rng(seed)
    centres = random.normal(size=(classes, d))
    y = random.integers(0, classes, n)
    x = np.round(centres[y] + 1.5 * random.normal(size=(n, d)), 4)
    parameters, norm, loss = fit(x, y, classes, l2)
    assert norm < 1e-7, norm
    cases.append(
        {
            "size": d,
            "classes": classes,
            "l2": l2,
            "features": x.ravel().tolist(),
            "labels": y.tolist(),
            "parameters": parameters.ravel().tolist(),
            "loss": loss,
        }
    )
Path(__file__).with_name("probe.json").write_text(json.dumps(cases) + "\n")
