"""Check from_onnx.py against onnxruntime: as read, after `recalibrate`, and with batch statistics."""
import argparse
from pathlib import Path

import numpy as np
import torch

from evaluate.shipped import ShippedNetwork
from model.ecapa import embed, log_mel, normalise
from model.from_onnx import load_onnx, recalibrate

TOLERANCE = 1e-4  # of values of a few units


def noises(rng, count: int, length: int) -> list[np.ndarray]:
    """Noise of different colours and envelopes."""
    out = []
    for _ in range(count):
        spectrum = np.fft.rfft(rng.standard_normal(length)) * np.maximum(np.arange(length // 2 + 1), 20) ** rng.uniform(-1.5, 0.5)
        samples = np.fft.irfft(spectrum, length) * np.exp(np.interp(np.arange(length), np.linspace(0, length, 9), rng.standard_normal(9)))
        out.append((0.1 * samples / samples.std()).astype(np.float32))
    return out


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", type=Path, default=Path(__file__).parents[2] / "ecapa-compact/model.onnx")
    args = parser.parse_args()
    torch.set_num_threads(1)
    clips = noises(np.random.default_rng(1), 8, 24000)
    expected = ShippedNetwork(args.model).embed(clips)
    model = load_onnx(args.model)
    features = torch.cat([normalise(log_mel(torch.from_numpy(samples)[None])) for samples in clips])
    found = {"as read": np.stack([embed(model, samples) for samples in clips])}
    recalibrate(model, features)
    found["recalibrated"] = np.stack([embed(model, samples) for samples in clips])
    with torch.no_grad():
        found["with batch statistics"] = model.train()(features).numpy()
    worst = 0.0
    for name, values in found.items():
        difference = float(np.abs(values - expected).max())
        print(f"{name}: embeddings differ by {difference:.2e}")
        worst = max(worst, difference)
    if worst > TOLERANCE:
        raise SystemExit(f"from_onnx.py differs from onnxruntime by {worst:.2e}")


if __name__ == "__main__":
    main()
