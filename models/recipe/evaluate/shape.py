"""The shape of the embedding: an affine map of the network's last, linear layer, free at run time.

Every dimension gets zero mean and unit deviation over the training clips. Then the plane in which the
domain head tells speech, music and noise apart is stretched until it holds half of the variance: a head
fitted on a few clips then need not find that plane again among 192 directions, and heads for classes
within one domain, where clips agree on that plane, lose nothing but scale.
"""
from dataclasses import dataclass

import numpy as np

from config import CONFIG
from evaluate.head import fit_logistic

DOMAIN_SHARE = CONFIG["head"]["domain_share"]
PLANE_STRENGTH = CONFIG["head"]["plane_strength"]


@dataclass(frozen=True)
class Shape:
    """x -> (x - mean) @ matrix; mean [D], matrix [D, D]."""

    mean: np.ndarray
    matrix: np.ndarray

    def __call__(self, x: np.ndarray) -> np.ndarray:
        return (x - self.mean) @ self.matrix


def fit_shape(x: np.ndarray, y: np.ndarray, weights: np.ndarray, share: float = DOMAIN_SHARE) -> Shape:
    """Embeddings [N, D] with domain labels [N] and weights [N] -> the map to the shaped embedding."""
    weights = weights / weights.sum()
    mean = weights @ x
    scale = 1 / np.sqrt(weights @ (x - mean) ** 2 + 1e-9)
    standard = (x - mean) * scale
    head, _ = fit_logistic(standard, y, PLANE_STRENGTH, weights * len(weights))
    plane = np.linalg.svd(head - head.mean(0), full_matrices=False)[2][:2]
    inside = float(weights @ ((standard @ plane.T) ** 2).sum(axis=1))
    rest = float(weights @ (standard ** 2).sum(axis=1)) - inside
    stretch = np.sqrt(share / (1 - share) * rest / inside)
    matrix = np.eye(x.shape[1]) + (stretch - 1) * plane.T @ plane
    # Overall size: unit mean square per dimension, as after plain standardising.
    size = np.sqrt(x.shape[1] / (rest + stretch ** 2 * inside))
    return Shape(mean, scale[:, None] * matrix * size)
