"""Turn the final training into the export: standardised embedding, default head, temperature."""
import argparse
import json
from pathlib import Path

import numpy as np
import torch

from corpus import DERIVED, load_audio, read_manifest
from cross_validate import head_set
from embeddings import embed_clips, load_model, to_float
from export import fold_affine, write_export
from head import balanced_accuracy, fit_whitened
from shape import fit_shape


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--shared", type=Path, default=Path("../shared"))
    parser.add_argument("--bank", type=Path, required=True)
    parser.add_argument("--run", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--metrics", type=Path, help="summary of the cross-validation: strength and temperature")
    args = parser.parse_args()
    torch.set_num_threads(1)
    chosen = json.loads(args.metrics.read_text()) if args.metrics else {"strength": 0.001, "temperature": 1.0}
    model, _ = load_model(args.run / "checkpoint.pt")
    clips = read_manifest(args.shared / "corpus")
    audio = to_float(load_audio(args.shared / "corpus", clips, args.bank / "corpus.npz"))
    members = [i for i, c in enumerate(clips) if c.source not in DERIVED]
    x, y, weights = head_set(model, clips, audio, members, np.random.default_rng(3))
    shape = fit_shape(x, y, weights)
    fold_affine(model, shape)
    x = shape(x)
    head, bias = fit_whitened(x, y, chosen["strength"], weights)
    # The folded model must say the same: whole clips of the head's own set, not a measure of accuracy.
    sample = members[::40]
    again = embed_clips(model, [audio[i] for i in sample])
    difference = np.abs(again - x[:len(members)][::40]).max()
    assert difference < 1e-2, f"folding changed the embedding by {difference}"
    head_json = {"weights": np.round(head, 7).tolist(), "bias": np.round(bias, 7).tolist(), "temperature": chosen["temperature"],
                 "trainedOn": {"clips": len(members), "examples": len(y), "strength": chosen["strength"]}}
    extra = {"training": json.loads((args.run / "training.json").read_text())} if (args.run / "training.json").exists() else {}
    if args.metrics:
        extra["metrics"] = chosen
    write_export(args.out, model, head_json, extra)
    training = balanced_accuracy(y, (x @ head.T + bias).argmax(1))
    print(f"wrote {args.out}; on its own training set (not a result) the head is right on {training:.4f}")


if __name__ == "__main__":
    main()
