"""Check ecapa.py against SpeechBrain's own outputs (random weights, committed nowhere here)."""
import argparse
from pathlib import Path

import numpy as np
import torch

from model.ecapa import EcapaTdnn, log_mel, normalise


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--reference", type=Path, default=Path("../shared/reference/speechbrain"))
    args = parser.parse_args()
    model = EcapaTdnn(16, 48, 8, stem=())
    model.load_state_dict(torch.load(args.reference / "tiny/embedding_model.ckpt", weights_only=True))
    model.eval()
    worst = 0.0
    for path in sorted((args.reference / "vectors").glob("*.wav16k.f32")):
        name = path.name.removesuffix(".wav16k.f32")
        samples = torch.from_numpy(np.fromfile(path, np.float32))[None]
        with torch.no_grad():
            features = normalise(log_mel(samples))
            embedding = model(features)[0].numpy()
        expected = np.fromfile(path.with_name(name + ".emb_tiny.f32"), np.float32)
        difference = np.abs(embedding - expected).max() / np.abs(expected).max()
        stored = path.with_name(name + ".fbank_norm.f32")
        front = np.abs(features.numpy().ravel() - np.fromfile(stored, np.float32)).max() if stored.exists() else float("nan")
        print(f"{name}: embedding differs by {difference:.2e} of its peak; features by {front:.2e} dB")
        worst = max(worst, difference)
    if worst > 1e-4:
        raise SystemExit(f"ecapa.py differs from SpeechBrain by {worst:.2e}")


if __name__ == "__main__":
    main()
