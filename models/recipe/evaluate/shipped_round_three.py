"""Verdicts of the shipped network with a head on round three, which neither has heard, beside the teacher's.

The shipped head has heard it since it was drawn to it: `export/adapt_head.py` scores that one in folds. Git has the one before.
Writes balanced accuracy and recall over all labelled clips, and over those whose label the teacher does not contradict.
"""
import argparse
import json
from pathlib import Path

import numpy as np
import torch

from data.corpus import LABELS, load_audio, read_manifest
from evaluate.embeddings import to_float
from evaluate.head import balanced_accuracy, calibration_error, recalls, softmax
from evaluate.shipped import ShippedNetwork
from evaluate.summarise import interval
from train.teacher_head import teacher_features, teacher_head

MODELS = Path(__file__).parents[2]


def score(y, probabilities, sources) -> dict:
    predicted = probabilities.argmax(1)
    return {"clips": len(y), "sources": len(np.unique(sources)), "balancedAccuracy": balanced_accuracy(y, predicted),
            "interval": interval(y, predicted, sources), "calibrationError": calibration_error(probabilities, y),
            "recall": {name: {"value": r, "count": int((y == k).sum())} for k, (name, r) in enumerate(zip(LABELS, recalls(y, predicted)))}}


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--shared", type=Path, default=Path("../shared"))
    parser.add_argument("--bank", type=Path, required=True)
    parser.add_argument("--head", type=Path, required=True, help="a head file that has not heard round three")
    parser.add_argument("--out", type=Path, required=True)
    args = parser.parse_args()
    torch.set_num_threads(1)
    clips = read_manifest(args.shared / "corpus")
    rows = np.array([i for i, c in enumerate(clips) if c.round == 3])
    audio = load_audio(args.shared / "corpus", clips, args.bank / "corpus.npy")
    x = ShippedNetwork(MODELS / "ecapa-compact/model.onnx").embed(to_float([audio[i] for i in rows]))
    head = json.loads(args.head.read_text())
    teacher = teacher_features(args.shared, args.bank, clips)
    # Fitted on rounds one and two, as the shipped head: round three is new to it too.
    weights, bias = teacher_head(args.shared, args.bank, clips, np.array([c.round == 2 for c in clips]))
    answers = {"shipped": softmax((x @ np.array(head["weights"]).T + head["bias"]) / head["temperature"]),
               "YAMNet groups": teacher["groups"][rows],
               "logistic head on YAMNet's scores": softmax(teacher["logs"][rows] @ weights.numpy().T + bias.numpy())}
    y, sources = np.array([clips[i].label for i in rows]), np.array([clips[i].source for i in rows])
    trusted = np.array([clips[i].trust == 1 for i in rows])
    report = {title: {name: score(y[keep], p[keep], sources[keep]) for name, p in answers.items()}
              for title, keep in (("all", np.ones(len(y), bool)), ("label not contradicted", trusted))}
    np.save(args.bank / "shipped_round_three.npy", x)
    args.out.write_text(json.dumps(report, indent=1))
    for title, scores in report.items():
        for name, s in scores.items():
            print(f"{title}, {name}: {s['balancedAccuracy']:.4f} {s['interval']} " + " ".join(f"{k} {v['value']:.3f}/{v['count']}" for k, v in s["recall"].items()))


if __name__ == "__main__":
    main()
