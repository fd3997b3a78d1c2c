"""Draw the shipped verdict head towards the clips of round three, for a network that stays as it is.

The shipped weights are the prior: the loss on rounds one and two and on round three, by their shares, and a penalty on how far
the weights move, measured as `fit_whitened` measures it. Scores itself on the held-out folds of round three, which network and prior have
not heard, and writes what `install-verdict.mjs` installs.
"""
import argparse
import json
from pathlib import Path

import numpy as np
import torch
from scipy.optimize import minimize

from config import CONFIG
from data.corpus import FOLDS, LABELS, assign_folds, load_audio, read_manifest
from evaluate.embeddings import embed_clips, to_float
from evaluate.head import balanced_accuracy, calibration_error, recalls, softmax, whitening
from evaluate.head_set import head_set
from evaluate.summarise import interval
from model.from_onnx import load_onnx
from train.run import SHIPPED

SETTINGS = CONFIG["adapted_head"]


def balanced(y: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Weights of which every class has the same sum; 1 in all."""
    sums = np.array([weights[y == label].sum() for label in range(len(LABELS))])
    return weights / sums[y] / len(LABELS)


def adapt(head: np.ndarray, bias: np.ndarray, sets, white: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """`sets` of (x, y, weights, share of the loss) -> weights [classes, dimension] and bias near the given ones."""
    classes, dimension = head.shape
    rows = [(x @ white, y, share * balanced(y, weights), x @ head.T + bias) for x, y, weights, share in sets]

    def loss(values):
        move, shift = values[:classes * dimension].reshape(classes, dimension), values[classes * dimension:]
        total, slope, slope_bias = SETTINGS["penalty"] / 2 * (move ** 2).sum(), SETTINGS["penalty"] * move, np.zeros(classes)
        for x, y, weights, before in rows:
            error = softmax(before + x @ move.T + shift)
            picked = np.arange(len(y)), y
            total -= (weights * np.log(error[picked] + 1e-12)).sum()
            error[picked] -= 1
            error *= weights[:, None]
            slope, slope_bias = slope + error.T @ x, slope_bias + error.sum(0)
        return total, np.concatenate([slope.ravel(), slope_bias])

    found = minimize(loss, np.zeros(classes * (dimension + 1)), jac=True, method="L-BFGS-B", options={"maxiter": 300}).x
    return head + found[:classes * dimension].reshape(classes, dimension) @ white.T, bias + found[classes * dimension:]


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--shared", type=Path, default=Path("../shared"))
    parser.add_argument("--bank", type=Path, required=True)
    parser.add_argument("--prior", type=Path, required=True, help="a head file: its weights are the prior")
    parser.add_argument("--out", type=Path, required=True)
    args = parser.parse_args()
    torch.set_num_threads(1)
    clips = read_manifest(args.shared / "corpus")
    audio = to_float(load_audio(args.shared / "corpus", clips, args.bank / "corpus.npy"))
    folds, model = assign_folds(clips), load_onnx(SHIPPED).eval()
    prior = json.loads(args.prior.read_text())
    head, bias = np.array(prior["weights"]), np.array(prior["bias"])
    early = head_set(model, clips, audio, [i for i, c in enumerate(clips) if c.round == 2], np.random.default_rng(3))
    members = [[i for i, c in enumerate(clips) if c.round == 3 and folds[c.source] == fold] for fold in range(FOLDS)]
    late = [head_set(model, clips, audio, rows, np.random.default_rng([3, fold])) for fold, rows in enumerate(members)]
    white = whitening(*early, CONFIG["head"]["covariance_shrinkage"])

    def fitted(folds_heard):
        parts = [np.concatenate(parts) for parts in zip(*(late[fold] for fold in folds_heard))]
        return adapt(head, bias, [(*early, SETTINGS["early_share"]), (*parts, 1 - SETTINGS["early_share"])], white)

    logits = {"before": [], "adapted": []}
    for fold, rows in enumerate(members):
        x = late[fold][0][: len(rows)]
        weights, shift = fitted([k for k in range(FOLDS) if k != fold])
        logits["before"].append((x @ head.T + bias) / prior["temperature"])
        logits["adapted"].append((x @ weights.T + shift) / SETTINGS["temperature"])
    rows = sum(members, [])
    y, sources = np.array([clips[i].label for i in rows]), np.array([clips[i].source for i in rows])
    report = {}
    for name, parts in logits.items():
        p = softmax(np.concatenate(parts))
        report[name] = {"balancedAccuracy": balanced_accuracy(y, p.argmax(1)), "interval": interval(y, p.argmax(1), sources),
                        "recall": dict(zip(LABELS, recalls(y, p.argmax(1)))), "calibrationError": calibration_error(p, y)}
        print(name, report[name], flush=True)
    weights, shift = fitted(range(FOLDS))
    args.out.write_text(json.dumps({"labels": LABELS, "weights": weights.tolist(), "bias": shift.tolist(), "temperature": SETTINGS["temperature"],
                                    "trainedOn": {"clips": len(clips), "earlyShare": SETTINGS["early_share"], "penalty": SETTINGS["penalty"]},
                                    "heldOut": {"clips": len(y), "sources": len(np.unique(sources)), **report["adapted"]}}))


if __name__ == "__main__":
    main()
