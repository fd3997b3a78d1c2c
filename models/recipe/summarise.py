"""Pool the folds: accuracy with intervals, calibration, rejection and the choice of strength."""
import argparse
import json
from pathlib import Path

import numpy as np

from corpus import LABELS, assign_folds, read_manifest
from cross_validate import LENGTHS, SNRS, STRENGTHS
from head import balanced_accuracy, calibration_error, fit_temperature, recalls, softmax, wilson
from rejection import compare, doubt_scores


def interval(y, predicted, sources, draws=1000) -> list[float]:
    """95 % interval of the balanced accuracy by drawing whole sources with replacement."""
    rng = np.random.default_rng(0)
    names = np.unique(sources)
    members = {n: np.flatnonzero(sources == n) for n in names}
    values = []
    for _ in range(draws):
        rows = np.concatenate([members[n] for n in rng.choice(names, len(names))])
        if len(np.unique(y[rows])) == 3:
            values.append(balanced_accuracy(y[rows], predicted[rows]))
    return [round(float(v), 4) for v in np.percentile(values, [2.5, 97.5])]


def balanced_weights(y) -> np.ndarray:
    counts = np.bincount(y, minlength=3)
    return (len(y) / (3 * counts))[y]


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--shared", type=Path, default=Path("../shared"))
    parser.add_argument("--runs", type=Path, nargs="+", required=True)
    parser.add_argument("--out", type=Path, required=True)
    args = parser.parse_args()
    clips = read_manifest(args.shared / "corpus")
    folds = [dict(np.load(run / "cross_validation.npz")) for run in args.runs]
    y = np.concatenate([f["y"] for f in folds])
    which = np.concatenate([np.full(len(f["y"]), i) for i, f in enumerate(folds)])
    index = np.concatenate([f["clip"] for f in folds])
    sources = np.array([clips[i].source for i in index])

    def logits(strength, name):
        return np.concatenate([f[f"logits|{strength}|{name}"] for f in folds])

    # Strength: least log loss (at its best temperature) over whole clips, cut ones and held-out folds.
    losses = {}
    for strength in STRENGTHS:
        z, labels = np.concatenate([logits(strength, n) for n in ("whole", "1 s")]), np.concatenate([y, y])
        p = softmax(z / fit_temperature(z, labels, balanced_weights(labels)))
        losses[strength] = float(-(balanced_weights(labels) * np.log(p[np.arange(len(labels)), labels] + 1e-9)).mean())
    strength = min(losses, key=losses.get)
    z = logits(strength, "whole")
    # Temperature: for every fold from the other folds, so that the calibration is measured honestly.
    probabilities = np.zeros_like(z)
    for fold in range(len(folds)):
        others = which != fold if len(folds) > 1 else which == fold
        probabilities[which == fold] = softmax(z[which == fold] / fit_temperature(z[others], y[others]))
    predicted = probabilities.argmax(1)
    confusion = np.zeros((3, 3), int)
    np.add.at(confusion, (y, predicted), 1)
    report = {
        "clips": len(y), "sources": len(np.unique(sources)), "strength": strength, "logLoss": losses,
        "temperature": fit_temperature(z, y),
        "balancedAccuracy": balanced_accuracy(y, predicted), "balancedAccuracyInterval": interval(y, predicted, sources),
        "recall": {n: {"value": r, "count": int((y == i).sum()),
                       "wilson": [round(v, 4) for v in wilson(int(confusion[i, i]), int((y == i).sum()))]}
                   for i, (n, r) in enumerate(zip(LABELS, recalls(y, predicted)))},
        "confusion": {"order": LABELS, "rows": confusion.tolist()},
        "calibrationError": calibration_error(probabilities, y),
        "perFold": [{"balancedAccuracy": balanced_accuracy(y[which == i], predicted[which == i]),
                     "recall": recalls(y[which == i], predicted[which == i])} for i in range(len(folds))],
        "conditions": {},
        "riskCoverage": [],
    }
    for name in [f"{s} s" for s in LENGTHS] + [f"{d} dB" for d in SNRS]:
        p = logits(strength, name).argmax(1)
        keep = np.ones(len(y), bool) if name.endswith(" s") else y != LABELS.index("noise")
        report["conditions"][name] = {"balancedAccuracy": balanced_accuracy(y[keep], p[keep]),
                                      "recall": dict(zip([n for i, n in enumerate(LABELS) if (y[keep] == i).any()], recalls(y[keep], p[keep])))}
    confidence = probabilities.max(axis=1)
    for threshold in (0.0, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95):
        kept = confidence >= threshold
        wrong = int((predicted[kept] != y[kept]).sum())
        report["riskCoverage"].append({"threshold": threshold, "coverage": float(kept.mean()), "kept": int(kept.sum()),
                                       "wrong": wrong, "risk": wrong / int(kept.sum()),
                                       "riskWilson": [round(v, 4) for v in wilson(wrong, int(kept.sum()))]})
    scores = [doubt_scores(f, strength, report["temperature"]) for f in folds]
    doubts = {name: np.concatenate([s[name] for s in scores]) for name in scores[0]}
    report["doubtScores"] = compare(doubts, predicted != y)
    report["bySource"] = {s: {"clips": int((sources == s).sum()), "correct": int((predicted == y)[sources == s].sum())}
                          for s in np.unique(sources)}
    args.out.write_text(json.dumps(report, indent=1))
    print(json.dumps({k: report[k] for k in ("balancedAccuracy", "balancedAccuracyInterval", "strength", "temperature",
                                             "calibrationError", "perFold")}, indent=1))


if __name__ == "__main__":
    main()
