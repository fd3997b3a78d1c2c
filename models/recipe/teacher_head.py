"""The teacher as a yardstick: a logistic head on YAMNet's 521 scores, on the same folds and clips as the student."""
import argparse
import json
from pathlib import Path

import numpy as np
import torch

from corpus import DERIVED, FOLDS, LABELS, assign_folds, read_manifest
from head import balanced_accuracy, fit_logistic, recalls

STRENGTH = 0.003


def teacher_features(corpus: Path, clips) -> np.ndarray:
    """Log scores of every clip, averaged over the teacher's windows: [clips, 521]."""
    stored = np.load(corpus / "teacher/yamnet_scores.npz")
    scores, offsets = stored["scores"], stored["off"]
    rows = {str(name): i for i, name in enumerate(stored["names"])}
    which = [rows[clip.path.removesuffix(".opus").replace("/", "__", 1)] for clip in clips]
    return np.stack([np.log(scores[offsets[i]:offsets[i + 1]].astype(np.float32) + 1e-4).mean(0) for i in which])


def teacher_head(corpus: Path, clips, folds_heard) -> tuple[torch.Tensor, torch.Tensor]:
    """Weights [3, 521] and bias [3] of a head on log scores, fitted on the clips of some folds."""
    folds = assign_folds(clips)
    known = [clip for clip in clips if folds[clip.source] in folds_heard]
    x, y = teacher_features(corpus, known), np.array([clip.label for clip in known])
    centre = x.mean(0)
    head, bias = fit_logistic(x - centre, y, STRENGTH)
    return torch.tensor(head, dtype=torch.float32), torch.tensor(bias - head @ centre, dtype=torch.float32)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--shared", type=Path, default=Path("../shared"))
    parser.add_argument("--out", type=Path, required=True)
    args = parser.parse_args()
    clips = read_manifest(args.shared / "corpus")
    folds = assign_folds(clips)
    fold = np.array([folds[c.source] for c in clips])
    scored = np.array([c.source not in DERIVED for c in clips])
    x, y = teacher_features(args.shared / "corpus", clips), np.array([c.label for c in clips])
    predicted = np.full(len(y), -1)
    for held_out in range(FOLDS):
        known = fold != held_out
        centre = x[known].mean(0)
        head, bias = fit_logistic(x[known] - centre, y[known], STRENGTH)
        predicted[~known] = ((x[~known] - centre) @ head.T + bias).argmax(1)
    report = {"balancedAccuracy": balanced_accuracy(y[scored], predicted[scored]),
              "recall": dict(zip(LABELS, recalls(y[scored], predicted[scored]))),
              "perFold": [balanced_accuracy(y[scored & (fold == k)], predicted[scored & (fold == k)]) for k in range(FOLDS)],
              "bySource": {s: [int((predicted == y)[m].sum()), int(m.sum())] for s in sorted(folds) if s not in DERIVED
                           for m in [np.array([c.source == s for c in clips])]}}
    args.out.write_text(json.dumps(report, indent=1))
    print(json.dumps({k: report[k] for k in ("balancedAccuracy", "recall", "perFold")}))


if __name__ == "__main__":
    main()
