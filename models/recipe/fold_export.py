"""Export one fold's model with a head of its own, for measurements that clips must be new to.

Neither the network nor the head has met a source of the held-out fold; `held_out.json` lists the fold's
clips. The product never ships these files: benchmarks of what is built on the model read them.
"""
import argparse
import json
from pathlib import Path

import numpy as np
import torch

from corpus import DERIVED, assign_folds, load_audio, read_manifest
from cross_validate import head_set
from embeddings import load_model, to_float
from export import fold_affine, write_export
from head import fit_whitened
from shape import fit_shape


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--shared", type=Path, default=Path("../shared"))
    parser.add_argument("--bank", type=Path, required=True)
    parser.add_argument("--run", type=Path, required=True, help="folder with checkpoint.pt of a fold's training")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--metrics", type=Path, required=True, help="summary of the cross-validation: strength and temperature")
    args = parser.parse_args()
    torch.set_num_threads(1)
    chosen = json.loads(args.metrics.read_text())
    model, state = load_model(args.run / "checkpoint.pt")
    fold = state["held_out"]
    if fold is None:
        parser.error(f"{args.run} was trained on all sources")
    clips = read_manifest(args.shared / "corpus")
    audio = to_float(load_audio(args.shared / "corpus", clips, args.bank / "corpus.npz"))
    folds = assign_folds(clips)
    known = [i for i, c in enumerate(clips) if folds[c.source] != fold and c.source not in DERIVED]
    new = [c for c in clips if folds[c.source] == fold and c.source not in DERIVED]
    x, y, weights = head_set(model, clips, audio, known, np.random.default_rng(3))
    shape = fit_shape(x, y, weights)
    fold_affine(model, shape)
    head, bias = fit_whitened(shape(x), y, chosen["strength"], weights)
    head_json = {"weights": np.round(head, 7).tolist(), "bias": np.round(bias, 7).tolist(), "temperature": chosen["temperature"]}
    held_out = {"fold": fold, "sources": sorted({c.source for c in new}), "clips": [c.path for c in new]}
    write_export(args.out, model, head_json, {"held_out": held_out})
    print(f"fold {fold}: {len(known)} clips known, {len(new)} held out")


if __name__ == "__main__":
    main()
