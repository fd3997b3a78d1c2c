"""Compare the torch YAMNet with the scores stored beside the corpus."""
import argparse
from pathlib import Path

import numpy as np
import soundfile
import torch

from model.yamnet import Yamnet, cut_windows


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--shared", type=Path, default=Path("../shared"))
    parser.add_argument("--clips", type=int, default=60)
    args = parser.parse_args()
    stored = np.load(args.shared / "corpus/teacher/yamnet_scores.npz")
    teacher = Yamnet(args.shared / "peers/yamnet.tflite")
    names, offsets, scores = stored["names"], stored["off"], stored["scores"]
    correlations, agreements, errors = [], [], []
    for index in np.linspace(0, len(names) - 1, args.clips).astype(int):
        label, stem = str(names[index]).split("__", 1)
        samples, _ = soundfile.read(args.shared / "corpus/train" / label / (stem + ".opus"), dtype="float32")
        logits, _ = teacher(cut_windows(torch.from_numpy(samples)[None])[0])
        expected = scores[offsets[index]:offsets[index + 1]].astype(np.float32)
        ours = torch.sigmoid(logits).numpy()[:len(expected)]
        expected = expected[:len(ours)]
        correlations.append(np.corrcoef(ours.ravel(), expected.ravel())[0, 1])
        agreements.append((ours.mean(0).argmax() == expected.mean(0).argmax()))
        errors.append(np.abs(ours - expected).mean())
    print(f"{args.clips} clips: correlation of scores mean {np.mean(correlations):.4f} median {np.median(correlations):.4f}"
          f" min {np.min(correlations):.4f}; same first class {np.mean(agreements):.3f}; mean |difference| {np.mean(errors):.5f}")


if __name__ == "__main__":
    main()
