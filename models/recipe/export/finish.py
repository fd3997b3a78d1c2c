"""Turn the final training into the export: shaped embedding, default head with both readouts."""
import argparse
import json
from pathlib import Path

import torch

from data.corpus import DERIVED, load_audio, read_manifest
from evaluate.embeddings import load_model
from export.checkpoint import write_export
from export.fitted_heads import fit_heads


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--shared", type=Path, default=Path("../shared"))
    parser.add_argument("--bank", type=Path, required=True)
    parser.add_argument("--run", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--metrics", type=Path, required=True, help="summary of the folds: strengths, temperature, calibration")
    args = parser.parse_args()
    torch.set_num_threads(1)
    chosen = json.loads(args.metrics.read_text())
    model, _ = load_model(args.run / "checkpoint.pt")
    clips = read_manifest(args.shared / "corpus")
    samples = load_audio(args.shared / "corpus", clips, args.bank / "corpus.npy")
    members = [i for i, c in enumerate(clips) if c.source not in DERIVED]
    head, difference = fit_heads(model, clips, samples, members, chosen)
    if difference > 1e-2:
        raise SystemExit(f"folding the shape changed the embedding by {difference}")
    write_export(args.out, model, head, {"training": json.loads((args.run / "training.json").read_text()), "metrics": chosen})
    print(f"wrote {args.out}")


if __name__ == "__main__":
    main()
