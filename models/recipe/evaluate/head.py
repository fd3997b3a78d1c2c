"""Logistic-regression heads, temperature, calibration error and intervals."""
import math

import numpy as np
from sklearn.linear_model import LogisticRegression

from config import CONFIG


def softmax(logits: np.ndarray) -> np.ndarray:
    shifted = np.exp(logits - logits.max(axis=1, keepdims=True))
    return shifted / shifted.sum(axis=1, keepdims=True)


def fit_logistic(x, y, strength, weights=None, classes=3):
    """Balanced multinomial logistic regression -> weights [classes, dimension], bias [classes]."""
    model = LogisticRegression(C=strength, class_weight="balanced", max_iter=1000)
    model.fit(x, y, sample_weight=weights)
    if classes == 2 or len(model.classes_) == 2:
        return np.vstack([-model.coef_, model.coef_]) / 2, np.concatenate([-model.intercept_, model.intercept_]) / 2
    return model.coef_, model.intercept_


def whitening(x, y, weights, shrinkage) -> np.ndarray:
    """Covariance within the classes, shrunk towards a sphere -> a matrix behind which it is one."""
    covariance = 0
    for label in np.unique(y):
        rows, share = x[y == label].astype(np.float64), weights[y == label] / weights[y == label].sum()
        centred = rows - share @ rows
        covariance = covariance + (centred * share[:, None]).T @ centred / len(np.unique(y))
    sphere = np.trace(covariance) / len(covariance) * np.eye(len(covariance))
    return np.linalg.cholesky(np.linalg.inv((1 - shrinkage) * covariance + shrinkage * sphere))


def fit_whitened(x, y, strength, weights, shrinkage=CONFIG["head"]["covariance_shrinkage"]):
    """Logistic regression as `fit_logistic`, its penalty measured by how much each direction varies within a class.

    A plain penalty makes directions that vary a lot within the classes (level, room, noise) as cheap as quiet ones.
    The result is a head on `x` like any other.
    """
    white = whitening(x, y, weights, shrinkage)
    head, bias = fit_logistic(x @ white, y, strength, weights)
    return head @ white.T, bias


def balanced_accuracy(y, predicted) -> float:
    return float(np.mean([(predicted[y == label] == label).mean() for label in np.unique(y)]))


def recalls(y, predicted) -> list[float]:
    return [float((predicted[y == label] == label).mean()) for label in np.unique(y)]


def calibration_error(probabilities, y, bins=15) -> float:
    """Expected calibration error of the winning class over equal-width bins."""
    confidence, predicted = probabilities.max(axis=1), probabilities.argmax(axis=1)
    which = np.minimum((confidence * bins).astype(int), bins - 1)
    error = 0.0
    for b in range(bins):
        rows = which == b
        if rows.any():
            error += rows.mean() * abs(confidence[rows].mean() - (predicted[rows] == y[rows]).mean())
    return float(error)


def fit_temperature(logits, y, weights=None) -> float:
    """Temperature of least negative log likelihood, by a fine grid."""
    weights = np.ones(len(y)) if weights is None else weights
    grid = np.exp(np.linspace(math.log(0.2), math.log(8), 150))
    losses = [-(weights * np.log(softmax(logits / t)[np.arange(len(y)), y] + 1e-12)).sum() for t in grid]
    return float(grid[int(np.argmin(losses))])


def wilson(successes: int, count: int, z: float = 1.96) -> tuple[float, float]:
    share = successes / count
    centre = (share + z * z / (2 * count)) / (1 + z * z / count)
    half = z / (1 + z * z / count) * math.sqrt(share * (1 - share) / count + z * z / (4 * count * count))
    return centre - half, centre + half
