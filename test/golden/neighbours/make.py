"""Makes neighbours.json: nearest neighbours, and classes by weighted votes of neighbours, by scikit-learn.

numpy, scikit-learn: python3 test/golden/neighbours/make.py
"""

import json
from pathlib import Path

import numpy as np
from sklearn.neighbors import KNeighborsClassifier, NearestNeighbors

random = np.random.default_rng(0)
classes, n, m, size, k, temperature = 3, 150, 21, 12, 7, 0.07
centres = random.normal(size=(classes, size))
labels = random.integers(0, classes, n)
index = np.round(centres[labels] + random.normal(size=(n, size)), 3).astype(np.float32)
queries = np.round(centres[random.integers(0, classes, m)] + random.normal(size=(m, size)), 3).astype(np.float32)


def neighbours(metric):
    found = NearestNeighbors(n_neighbors=k, metric=metric, algorithm="brute").fit(index.astype(np.float64))
    distances, indices = found.kneighbors(queries.astype(np.float64))
    return {"distances": distances.tolist(), "indices": indices.tolist()}


voters = KNeighborsClassifier(
    n_neighbors=k, metric="cosine", algorithm="brute", weights=lambda d: np.exp((1 - d) / temperature)
).fit(index.astype(np.float64), labels)
golden = {
    "size": size,
    "k": k,
    "temperature": temperature,
    "index": index.ravel().tolist(),
    "queries": queries.ravel().tolist(),
    "labels": labels.tolist(),
    "cosine": neighbours("cosine"),
    "euclidean": neighbours("euclidean"),
    "probabilities": voters.predict_proba(queries.astype(np.float64)).tolist(),
}
Path(__file__).with_name("neighbours.json").write_text(json.dumps(golden) + "\n")
