"""Pool the folds: accuracy with intervals, calibration, rejection, presence, and the choice of strengths."""
import argparse
import json
import pickle
from pathlib import Path

import numpy as np

from config import CONFIG
from data.corpus import LABELS, read_manifest
from evaluate.cross_validate import LENGTHS, SNRS, STRENGTHS
from evaluate.head import balanced_accuracy, calibration_error, fit_temperature, recalls, softmax, wilson
from evaluate.mixtures import Mixture
from evaluate.presence import figures, platt, sigmoid
from evaluate.rejection import compare, doubt_scores


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


def log_loss(logits, y) -> float:
    """Balanced over classes, at the temperature that suits it best."""
    p = softmax(logits / fit_temperature(logits, y, balanced_weights(y)))
    return float(-(balanced_weights(y) * np.log(p[np.arange(len(y)), y] + 1e-9)).mean())


class Pooled:
    """The held-out clips of one round over all folds."""

    def __init__(self, folds: list[dict], clips, number: int):
        self.folds, self.number = folds, number
        self.y = np.concatenate([f[f"y|{number}"] for f in folds])
        self.which = np.concatenate([np.full(len(f[f"y|{number}"]), i) for i, f in enumerate(folds)])
        self.index = np.concatenate([f[f"clip|{number}"] for f in folds])
        self.sources = np.array([clips[i].source for i in self.index])

    def logits(self, strength, name) -> np.ndarray:
        return np.concatenate([f[f"logits|{self.number}|{strength}|{name}"] for f in self.folds])

    def report(self, strength, temperatures: list[float]) -> tuple[dict, np.ndarray]:
        """Whole clips with intervals, by class, fold and source -> report and probabilities."""
        z, y, which = self.logits(strength, "whole"), self.y, self.which
        probabilities = softmax(z / np.array(temperatures)[which][:, None])
        predicted = probabilities.argmax(1)
        confusion = np.zeros((3, 3), int)
        np.add.at(confusion, (y, predicted), 1)
        return {
            "clips": len(y), "sources": len(np.unique(self.sources)), "balancedAccuracy": balanced_accuracy(y, predicted),
            "balancedAccuracyInterval": interval(y, predicted, self.sources),
            "recall": {n: {"value": r, "count": int((y == i).sum()),
                           "wilson": [round(v, 4) for v in wilson(int(confusion[i, i]), int((y == i).sum()))]}
                       for i, (n, r) in enumerate(zip(LABELS, recalls(y, predicted)))},
            "confusion": {"order": LABELS, "rows": confusion.tolist()}, "calibrationError": calibration_error(probabilities, y),
            "perFold": [{"balancedAccuracy": balanced_accuracy(y[which == i], predicted[which == i]),
                         "recall": recalls(y[which == i], predicted[which == i])} for i in range(len(self.folds))],
            "bySource": {s: {"clips": int((self.sources == s).sum()), "correct": int((predicted == y)[self.sources == s].sum())}
                         for s in np.unique(self.sources)}}, probabilities

    def condition(self, strength, name) -> dict:
        answers = self.logits(strength, name).argmax(1)
        keep = np.ones(len(self.y), bool) if name.endswith(" s") else self.y != LABELS.index("noise")
        return {"balancedAccuracy": balanced_accuracy(self.y[keep], answers[keep]),
                "recall": dict(zip([n for i, n in enumerate(LABELS) if (self.y[keep] == i).any()], recalls(self.y[keep], answers[keep])))}


def presence_report(folds: list[dict]) -> dict:
    """Presence on mixtures of held-out sources; each fold's calibration from the other folds."""
    light = [pickle.loads(f["presence|mixtures"].tobytes()) for f in folds]
    names = list(light[0])
    truth = [{n: np.array([m[0] for m in fold[n]]) for n in names} for fold in light]

    def logits(fold, strength, name):
        return folds[fold][f"presence|logits|{strength}|{name}"]

    out, probabilities = {}, {}
    for strength in CONFIG["presence"]["strengths"]:
        for name in names:
            pooled = []
            for fold in range(len(folds)):
                others = [k for k in range(len(folds)) if k != fold] or [fold]
                scale, shift = platt(np.concatenate([logits(k, strength, n) for k in others for n in names]),
                                     np.concatenate([truth[k][n] for k in others for n in names]))
                pooled.append(sigmoid(logits(fold, strength, name) * scale + shift))
            probabilities[strength, name] = np.concatenate(pooled)

    def loss(strength):
        y = np.concatenate([truth[k][n] for n in names for k in range(len(folds))])
        p = np.concatenate([probabilities[strength, n] for n in names])
        return float(-np.mean(np.where(y, np.log(p + 1e-9), np.log(1 - p + 1e-9))))

    strength = min(CONFIG["presence"]["strengths"], key=loss)
    scale, shift = platt(np.concatenate([logits(k, strength, n) for k in range(len(folds)) for n in names]),
                         np.concatenate([truth[k][n] for k in range(len(folds)) for n in names]))
    out = {"strength": strength, "scale": scale.tolist(), "shift": shift.tolist(), "rounds": {}}
    for name in names:
        mixtures = [Mixture(np.zeros(0, np.float32), *m) for fold in light for m in fold[name]]
        out["rounds"][name] = figures(probabilities[strength, name], mixtures)
    return out


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--shared", type=Path, default=Path("../shared"))
    parser.add_argument("--runs", type=Path, nargs="+", required=True)
    parser.add_argument("--out", type=Path, required=True)
    args = parser.parse_args()
    clips = read_manifest(args.shared / "corpus")
    folds = [dict(np.load(run / "cross_validation.npz")) for run in args.runs]
    rounds = {number: Pooled(folds, clips, number) for number in (2, 3) if f"y|{number}" in folds[0]}
    # Strength: least log loss over whole clips and cut ones of all held-out folds.
    losses = {s: float(np.mean([log_loss(r.logits(s, n), r.y) for r in rounds.values() for n in ("whole", "1 s")])) for s in STRENGTHS}
    strength = min(losses, key=losses.get)
    z = np.concatenate([r.logits(strength, "whole") for r in rounds.values()])
    y, which = np.concatenate([r.y for r in rounds.values()]), np.concatenate([r.which for r in rounds.values()])
    # Temperature: for every fold from the other folds, so that the calibration is measured honestly.
    temperatures = [fit_temperature(z[which != k], y[which != k]) if len(folds) > 1 else fit_temperature(z, y) for k in range(len(folds))]
    first = rounds[min(rounds)]
    report, probabilities = first.report(strength, temperatures)
    report |= {"round": first.number, "strength": strength, "logLoss": losses, "temperature": fit_temperature(z, y), "riskCoverage": [],
               "conditions": {name: first.condition(strength, name) for name in [f"{s} s" for s in LENGTHS] + [f"{d} dB" for d in SNRS]}}
    predicted, confidence = probabilities.argmax(1), probabilities.max(axis=1)
    for threshold in (0.0, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95):
        kept = confidence >= threshold
        wrong = int((predicted[kept] != first.y[kept]).sum())
        report["riskCoverage"].append({"threshold": threshold, "coverage": float(kept.mean()), "kept": int(kept.sum()),
                                       "wrong": wrong, "risk": wrong / int(kept.sum()),
                                       "riskWilson": [round(v, 4) for v in wilson(wrong, int(kept.sum()))]})
    scores = [doubt_scores(f, first.number, strength, report["temperature"]) for f in folds]
    doubts = {name: np.concatenate([s[name] for s in scores]) for name in scores[0]}
    report["doubtScores"] = compare(doubts, predicted != first.y)
    if 3 in rounds:
        report["roundThree"], _ = rounds[3].report(strength, temperatures)
        report["roundThree"]["conditions"] = {name: rounds[3].condition(strength, name) for name in ("0.5 s", "1 s")}
    report["presence"] = presence_report(folds)
    args.out.write_text(json.dumps(report, indent=1))
    print(json.dumps({k: report[k] for k in ("balancedAccuracy", "balancedAccuracyInterval", "strength", "temperature",
                                             "calibrationError", "perFold")}, indent=1))


if __name__ == "__main__":
    main()
