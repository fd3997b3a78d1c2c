"""The presence readout: one calibrated logistic regression per class, and the figures it is judged by.

p(class k is in x) = sigmoid((w_k . x + b_k) / t_k): independent of the other classes, not a softmax. Calibrated by
Platt scaling (Platt 1999, "Probabilistic outputs for support vector machines") on mixtures of sources that
the regression has not heard, folded into weights and bias.
"""
import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import average_precision_score

from data.corpus import LABELS
from evaluate.head import wilson


def sigmoid(z: np.ndarray) -> np.ndarray:
    return 1 / (1 + np.exp(-np.clip(z, -40, 40)))


def fit_presence(x: np.ndarray, present: np.ndarray, strength: float, weights=None) -> tuple[np.ndarray, np.ndarray]:
    """Embeddings [N, D], truth [N, 3] -> weights [3, D], bias [3]."""
    heads = [LogisticRegression(C=strength, solver="newton-cholesky", max_iter=200).fit(x, present[:, k], sample_weight=weights) for k in range(present.shape[1])]
    return np.vstack([h.coef_ for h in heads]), np.concatenate([h.intercept_ for h in heads])


def platt(logits: np.ndarray, present: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Logits [N, 3] of unheard mixtures -> scale [3], shift [3] of calibrated logits."""
    fits = [LogisticRegression(C=1e6).fit(logits[:, k:k + 1], present[:, k]) for k in range(present.shape[1])]
    return np.array([f.coef_[0, 0] for f in fits]), np.array([f.intercept_[0] for f in fits])


def expected_calibration_error(probability: np.ndarray, truth: np.ndarray, bins: int = 15) -> float:
    """Of one binary probability, over bins of equal width."""
    which = np.minimum((probability * bins).astype(int), bins - 1)
    return float(sum((which == b).mean() * abs(probability[which == b].mean() - truth[which == b].mean())
                     for b in range(bins) if (which == b).any()))


def f1(called: np.ndarray, truth: np.ndarray) -> float:
    hit = (called & truth).sum()
    return float(2 * hit / max(1, called.sum() + truth.sum()))


def share(hits: np.ndarray) -> dict:
    low, high = wilson(int(hits.sum()), len(hits))
    return {"value": float(hits.mean()), "hits": int(hits.sum()), "count": len(hits), "wilson": [round(low, 4), round(high, 4)]}


def macro_f1_interval(called, truth, sources: list[tuple[str, ...]], draws: int = 400) -> list[float]:
    """95 % interval by drawing sources with replacement; a mixture counts by the product of its sources' counts."""
    rng = np.random.default_rng(0)
    names = sorted({s for group in sources for s in group})
    index = {name: i for i, name in enumerate(names)}
    groups = [[index[s] for s in group] for group in sources]
    values = []
    for _ in range(draws):
        counts = np.bincount(rng.integers(len(names), size=len(names)), minlength=len(names))
        weight = np.array([np.prod(counts[g]) for g in groups], float)
        scores = []
        for k in range(truth.shape[1]):
            hit = (weight * (called[:, k] & truth[:, k])).sum()
            scores.append(2 * hit / max(1e-9, (weight * called[:, k]).sum() + (weight * truth[:, k]).sum()))
        values.append(np.mean(scores))
    return [round(float(v), 4) for v in np.percentile(values, [2.5, 97.5])]


def figures(probability: np.ndarray, mixtures, thresholds=(0.5, 0.5, 0.5)) -> dict:
    """Probabilities [N, 3] of benchmark mixtures -> macro F1, average precision, quieter class heard, alone heard alone, calibration."""
    truth = np.array([m.present for m in mixtures])
    called = probability >= np.asarray(thresholds)
    under = np.array([np.nan if m.under_db is None else m.under_db for m in mixtures])
    alone = truth.sum(axis=1) == 1
    out = {"mixtures": len(mixtures), "sources": len({s for m in mixtures for s in m.sources}),
           "f1": {name: f1(called[:, k], truth[:, k]) for k, name in enumerate(LABELS)}}
    out["macroF1"] = float(np.mean(list(out["f1"].values())))
    out["macroF1Interval"] = macro_f1_interval(called, truth, [m.sources for m in mixtures])
    best = [max(((f1(probability[:, k] >= t, truth[:, k]), t) for t in np.unique(np.quantile(probability[:, k], np.linspace(0, 1, 201)))))
            for k in range(3)]
    out["macroF1AtBestThresholds"] = float(np.mean([b[0] for b in best]))
    out["bestThresholds"] = [float(b[1]) for b in best]
    out["meanAveragePrecision"] = float(np.mean([average_precision_score(truth[:, k], probability[:, k]) for k in range(3)]))
    out["quieterHeard"] = {f"{level:g} dB": share(np.array([called[i, mixtures[i].quieter] for i in np.flatnonzero(under == level)]))
                           for level in np.unique(under[~np.isnan(under)])}
    out["aloneHeardAlone"] = share((called[alone] == truth[alone]).all(axis=1))
    out["aloneNoSecondClass"] = share((called[alone] & ~truth[alone]).sum(axis=1) == 0)
    out["calibrationError"] = {name: expected_calibration_error(probability[:, k], truth[:, k]) for k, name in enumerate(LABELS)}
    return out
