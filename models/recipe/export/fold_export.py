"""Export one fold's model with a head of its own, for measurements that clips must be new to.

Neither the network nor the head has met a source of the held-out fold; `held_out.json` lists the fold's
clips. The product never ships these files: benchmarks of what is built on the model read them.
"""
import argparse
import json
from pathlib import Path

import torch

from data.corpus import DERIVED, LABELS, assign_folds, load_audio, read_manifest
from evaluate.embeddings import load_model
from export.checkpoint import write_export
from export.fitted_heads import fit_heads


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--shared", type=Path, default=Path("../shared"))
    parser.add_argument("--bank", type=Path, required=True)
    parser.add_argument("--run", type=Path, required=True, help="folder with checkpoint.pt of a fold's training")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--metrics", type=Path, required=True, help="summary of the folds: strengths, temperature, calibration")
    args = parser.parse_args()
    torch.set_num_threads(1)
    chosen = json.loads(args.metrics.read_text())
    model, state = load_model(args.run / "checkpoint.pt")
    fold = state["held_out"]
    if fold is None:
        parser.error(f"{args.run} was trained on all sources")
    clips = read_manifest(args.shared / "corpus")
    samples = load_audio(args.shared / "corpus", clips, args.bank / "corpus.npy")
    folds = assign_folds(clips)
    known = [i for i, c in enumerate(clips) if folds[c.source] != fold and c.source not in DERIVED]
    new = [c for c in clips if folds[c.source] == fold and c.source not in DERIVED and c.round in state["new_rounds"]]
    head, _ = fit_heads(model, clips, samples, known, chosen)
    held_out = {"fold": fold, "sources": sorted({c.source for c in new}),
                "clips": [{"path": c.path, "label": LABELS[c.label], "source": c.source} for c in new]}
    write_export(args.out, model, head, {"held_out": held_out})
    print(f"fold {fold}: {len(known)} clips known, {len(new)} held out")


if __name__ == "__main__":
    main()
