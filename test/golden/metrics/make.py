"""Makes metrics.json and others.json: metrics of random predictions by scikit-learn and scipy.

numpy, scipy, scikit-learn: python3 test/golden/metrics/make.py
"""

import json
from pathlib import Path

import numpy as np
from scipy.special import softmax
from scipy.stats import binomtest
from sklearn import metrics
from sklearn.calibration import calibration_curve


def case(seed, n, classes, sharpness, ties):
    random = np.random.default_rng(seed)
    labels = random.integers(0, classes, n)
    labels[:classes] = np.arange(classes)
    logits = random.normal(size=(n, classes))
    logits[np.arange(n), labels] += 1
    probabilities = softmax(sharpness * logits, axis=1)
    if ties:
        probabilities = np.round(probabilities, 2)
        # No row has two highest scores, on whose order libraries differ.
        probabilities += 1e-3 * np.arange(classes)
        probabilities /= probabilities.sum(axis=1, keepdims=True)
    probabilities = probabilities.astype(np.float32)
    predicted = probabilities.argmax(axis=1)
    score = probabilities.max(axis=1).astype(np.float64)
    right = predicted == labels
    truth, mean = calibration_curve(right, score, n_bins=15)
    bins = np.clip(np.ceil(score * 15).astype(int) - 1, 0, 14)
    error = sum(abs(right[bins == b].mean() - score[bins == b].mean()) * (bins == b).mean() for b in np.unique(bins))
    precision, recall, f1, support = metrics.precision_recall_fscore_support(labels, predicted, labels=range(classes))
    interval = binomtest(int(right.sum()), n).proportion_ci(method="wilson")
    curves = []
    for c in range(classes):
        fpr, tpr, thresholds = metrics.roc_curve(labels == c, probabilities[:, c])
        p, r, t = metrics.precision_recall_curve(labels == c, probabilities[:, c], drop_intermediate=True)
        # The first threshold of a ROC curve is infinite.
        curves.append(
            {
                "roc": {"falsePositiveRate": fpr, "truePositiveRate": tpr, "thresholds": thresholds[1:]},
                "precisionRecall": {"precision": p, "recall": r, "thresholds": t},
            }
        )
    return {
        "probabilities": probabilities.ravel(),
        "labels": labels,
        "classes": classes,
        "loss": metrics.log_loss(labels, probabilities.astype(np.float64), labels=range(classes)),
        "accuracy": metrics.accuracy_score(labels, predicted),
        "interval": [interval.low, interval.high],
        "confusion": metrics.confusion_matrix(labels, predicted, labels=range(classes)),
        "top2": metrics.top_k_accuracy_score(labels, probabilities[:, 1] if classes == 2 else probabilities, k=2, labels=range(classes)),
        "precision": precision,
        "recall": recall,
        "f1": f1,
        "support": support,
        "auc": [metrics.roc_auc_score(labels == c, probabilities[:, c]) for c in range(classes)],
        "macroAuc": metrics.roc_auc_score(labels, probabilities[:, 1])
        if classes == 2
        else metrics.roc_auc_score(labels, probabilities, multi_class="ovr"),
        "averagePrecision": [metrics.average_precision_score(labels == c, probabilities[:, c]) for c in range(classes)],
        "calibrationError": error,
        "calibrationCurve": {"score": mean, "accuracy": truth},
        "curves": curves,
    }


def plain(value):
    if isinstance(value, dict):
        return {key: plain(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [plain(inner) for inner in value]
    if isinstance(value, np.ndarray):
        return value.tolist()
    return value.item() if isinstance(value, np.generic) else value


cases = [case(0, 40, 2, 1.5, False), case(1, 90, 4, 1.0, False), case(2, 60, 3, 0.7, True)]
Path(__file__).with_name("metrics.json").write_text(json.dumps(plain(cases)) + "\n")


def labels(seed, n, count):
    """Several labels an image: sigmoids against zeros and ones. The last label but one is rare."""
    random = np.random.default_rng(seed)
    targets = (random.random((n, count)) < np.linspace(0.6, 0.1, count)).astype(int)
    targets[0] = 1
    logits = random.normal(size=(n, count)) + 1.5 * (targets - 0.5)
    probabilities = np.round(1 / (1 + np.exp(-logits)), 2).astype(np.float32)
    thresholds = np.round(random.uniform(0.3, 0.7, count), 3)
    predicted = (probabilities >= thresholds).astype(int)
    precision, recall, f1, support = metrics.precision_recall_fscore_support(targets, predicted)
    micro = metrics.precision_recall_fscore_support(targets, predicted, average="micro")[:3]
    best = []
    for label in range(count):
        p, r, t = metrics.precision_recall_curve(targets[:, label], probabilities[:, label])
        place = np.argmax((2 * p * r / (p + r))[:-1])
        # In the middle between two scores, so that rounding decides nothing.
        best.append((float(t[place]) + (float(t[place - 1]) if place > 0 else 0)) / 2)
    return {
        "probabilities": probabilities.ravel(),
        "targets": targets.ravel(),
        "labels": count,
        "thresholds": thresholds,
        "precision": precision,
        "recall": recall,
        "f1": f1,
        "support": support,
        "micro": micro,
        "macroF1": metrics.f1_score(targets, predicted, average="macro"),
        "averagePrecision": [metrics.average_precision_score(targets[:, i], probabilities[:, i]) for i in range(count)],
        "meanAveragePrecision": metrics.average_precision_score(targets, probabilities),
        "auc": [metrics.roc_auc_score(targets[:, i], probabilities[:, i]) for i in range(count)],
        "exact": metrics.accuracy_score(targets, predicted),
        "accuracy": 1 - metrics.hamming_loss(targets, predicted),
        "bestThresholds": best,
    }


def values(seed, n, count):
    """Regression; the second number has a large mean."""
    random = np.random.default_rng(seed)
    targets = (random.normal(size=(n, count)) + 1000 * np.arange(count)).astype(np.float32)
    predictions = (targets + 0.5 * random.normal(size=(n, count))).astype(np.float32)
    pair = (targets.astype(np.float64), predictions.astype(np.float64))
    each = {"multioutput": "raw_values"}
    return {
        "predictions": predictions.ravel(),
        "targets": targets.ravel(),
        "values": count,
        "mae": metrics.mean_absolute_error(*pair, **each),
        "rmse": metrics.root_mean_squared_error(*pair, **each),
        "r2": metrics.r2_score(*pair, **each),
    }


others = {"labels": [labels(0, 40, 4), labels(1, 25, 2)], "values": [values(2, 30, 2)]}
Path(__file__).with_name("others.json").write_text(json.dumps(plain(others)) + "\n")
