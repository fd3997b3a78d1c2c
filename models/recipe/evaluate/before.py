"""The shipped network as runs of its own: what it gives on round three, which it has not heard, with heads fitted as a training's are.

Then a training that went on from it can be compared with it: `cross_validate.py` and `summarise.py` on runs/before0 to before3.
"""
import argparse
from pathlib import Path

import torch

from data.corpus import FOLDS
from model.from_onnx import load_onnx
from train.run import SHIPPED


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--bank", type=Path, required=True)
    args = parser.parse_args()
    model = load_onnx(SHIPPED)
    for fold in range(FOLDS):
        run = args.bank / f"runs/before{fold}"
        run.mkdir(parents=True, exist_ok=True)
        heard = [k for k in range(FOLDS) if k != fold]
        torch.save({"sizes": model.sizes, "model": model.state_dict(), "heard": heard, "new_rounds": [3], "held_out": fold}, run / "checkpoint.pt")


if __name__ == "__main__":
    main()
