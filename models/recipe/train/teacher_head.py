"""The teacher as a yardstick, a logistic head on YAMNet's 521 scores on the same folds and clips as the student; and as a judge."""
import argparse
import json
from pathlib import Path

import numpy as np
import torch

from config import CONFIG
from data.augment import rms
from data.corpus import DERIVED, FOLDS, LABELS, assign_folds, load_audio, read_manifest, source_weights
from evaluate.embeddings import to_float
from evaluate.head import balanced_accuracy, fit_logistic, recalls
from evaluate.yardstick import group, scores
from model.yamnet import Yamnet

SETTINGS = CONFIG["head"]
STRENGTH = SETTINGS["teacher_strength"]
LEVEL = 0.1  # root mean square of the clips that the bank mixes


def teacher_features(shared: Path, bank: Path, clips) -> dict[str, np.ndarray]:
    """Of every labelled clip: mean log scores [clips, 521], groups [clips, 3] and, at the bank's level, the roots of the mean
    embedding [clips, 1024]; computed once into the bank."""
    cache = bank / "teacher.npz"
    if not cache.exists():
        teacher = Yamnet(shared / "peers/yamnet.tflite")
        audio = to_float(load_audio(shared / "corpus", clips, bank / "corpus.npy"))
        mean, logs, _ = scores(teacher, audio)
        *_, embedding = scores(teacher, [samples * (LEVEL / (rms(samples) + 1e-6)) for samples in audio])
        np.savez(bank / "teacher.part.npz", logs=logs, groups=group(mean), embedding=np.sqrt(embedding))
        (bank / "teacher.part.npz").rename(cache)
    return dict(np.load(cache))


def teacher_head(shared: Path, bank: Path, clips, known: np.ndarray) -> tuple[torch.Tensor, torch.Tensor]:
    """Weights [3, 521] and bias [3] of a head on log scores, fitted on the clips that `known` (a mask over all) marks."""
    x, y = teacher_features(shared, bank, clips)["logs"][known], np.array([clip.label for clip in clips])[known]
    weights = np.array([clip.trust for clip in clips])[known]
    centre = x.mean(0)
    head, bias = fit_logistic(x - centre, y, STRENGTH, weights)
    return torch.tensor(head, dtype=torch.float32), torch.tensor(bias - head @ centre, dtype=torch.float32)


def judge(shared: Path, bank: Path, clips, known: np.ndarray) -> tuple[torch.Tensor, torch.Tensor]:
    """Weights [3, 1024] and bias [3] of a head on the roots of the teacher's embedding: it hears more than one on its scores.

    Fitted on the clips that `known` marks; each round counts by its share, each source by the square root of its size.
    """
    x, y = teacher_features(shared, bank, clips)["embedding"][known], np.array([clip.label for clip in clips])[known]
    weights = (source_weights([clip.source for clip in clips]) * np.array([clip.trust for clip in clips]))[known]
    is_late = np.array([clip.round == 3 for clip in clips])[known]
    if is_late.any() and not is_late.all():
        weights[~is_late] *= SETTINGS["judge_early_share"] / weights[~is_late].sum()
        weights[is_late] *= (1 - SETTINGS["judge_early_share"]) / weights[is_late].sum()
    centre, deviation = x.mean(0), x.std(0) + 1e-6
    head, bias = fit_logistic((x - centre) / deviation, y, SETTINGS["judge_strength"], weights / weights.mean())
    head = head / deviation
    return torch.tensor(head, dtype=torch.float32), torch.tensor(bias - head @ centre, dtype=torch.float32)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--shared", type=Path, default=Path("../shared"))
    parser.add_argument("--bank", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    args = parser.parse_args()
    torch.set_num_threads(1)
    clips = read_manifest(args.shared / "corpus")
    folds = assign_folds(clips)
    fold = np.array([folds[c.source] for c in clips])
    y = np.array([c.label for c in clips])
    features = teacher_features(args.shared, args.bank, clips)
    predicted = np.full(len(y), -1)
    for held_out in range(FOLDS):
        head, bias = (v.numpy() for v in teacher_head(args.shared, args.bank, clips, fold != held_out))
        rows = fold == held_out
        predicted[rows] = (features["logs"][rows] @ head.T + bias).argmax(1)
    report = {}
    for name, number in (("rounds one and two", 2), ("round three", 3)):
        scored = np.array([c.source not in DERIVED and c.round == number for c in clips])
        if not scored.any():
            continue
        for title, answers in ((name, predicted), (f"{name}, groups", features["groups"].argmax(1))):
            report[title] = {"clips": int(scored.sum()), "balancedAccuracy": balanced_accuracy(y[scored], answers[scored]),
                             "recall": dict(zip(LABELS, recalls(y[scored], answers[scored]))),
                             "perFold": [balanced_accuracy(y[scored & (fold == k)], answers[scored & (fold == k)]) for k in range(FOLDS)]}
    args.out.write_text(json.dumps(report, indent=1))
    print(json.dumps(report))


if __name__ == "__main__":
    main()
