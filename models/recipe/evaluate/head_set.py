"""The clips that a verdict head is fitted on: whole, cut short, degraded, and under noise."""
import numpy as np

from config import CONFIG
from data.corpus import LABELS
from evaluate.embeddings import cut, degraded_versions, embed_clips, with_noise

SETTINGS = CONFIG["head"]
NOISE = LABELS.index("noise")


def head_set(model, clips, audio, members, rng):
    """Embeddings, labels and weights; every source of a round counts the same, a doubtful label less, and rounds by their shares.

    The first rows are the whole clips, in the order of `members`.
    """
    chosen = [audio[i] for i in members]
    y = np.array([clips[i].label for i in members])
    foreground = np.flatnonzero(y != NOISE)
    noises = [chosen[i] for i in np.flatnonzero(y == NOISE)]
    low, high = SETTINGS["noise_db"]
    noisy = [with_noise(rng, cut(rng, chosen[i], rng.uniform(1, 3)), noises, rng.uniform(low, high)) for i in foreground]
    crops = [cut(rng, samples, rng.uniform(0.5, 1.6)) for samples in chosen]
    x = np.concatenate([embed_clips(model, waves) for waves in (chosen, crops, degraded_versions(rng, chosen), noisy)])
    names, inverse, counts = np.unique([f"{clips[i].source}|{clips[i].label}" for i in members],
                                       return_inverse=True, return_counts=True)
    weights = np.array([clips[i].trust for i in members]) / counts[inverse] ** SETTINGS["source_power"]
    is_late = np.array([clips[i].round == 3 for i in members])
    if is_late.any() and not is_late.all():
        weights[~is_late] *= SETTINGS["early_share"] / weights[~is_late].sum()
        weights[is_late] *= (1 - SETTINGS["early_share"]) / weights[is_late].sum()
        weights /= weights.mean()
    spoilt = weights * SETTINGS["spoilt_weight"]
    weights = np.concatenate([weights, spoilt, spoilt, weights[foreground] * SETTINGS["noisy_weight"]])
    return x, np.concatenate([y, y, y, y[foreground]]), weights / weights.mean()
