"""The training corpus: clips, sources and the folds that hold whole sources out."""
import csv
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import soundfile

LABELS = ["music", "noise", "speech"]
SAMPLE_RATE = 16000
FOLDS = 4
# Made from other clips or by the same engines as the synthetic pool: never scored as held out.
DERIVED = {"babble (mixed here from train speech)", "espeak-ng (synthesised here)", "synthetic (made here)"}


@dataclass(frozen=True)
class Clip:
    path: str
    label: int
    source: str
    original: str
    note: str


def read_manifest(corpus: Path) -> list[Clip]:
    with open(corpus / "train/manifest.csv", newline="") as file:
        return [Clip(row["path"], LABELS.index(row["class"]), row["source"], row["original_path"], row["note"])
                for row in csv.DictReader(file)]


def load_audio(corpus: Path, clips: list[Clip], cache: Path) -> list[np.ndarray]:
    """All clips as int16, decoded once into `cache`."""
    if not cache.exists():
        audio = [soundfile.read(corpus / "train" / clip.path, dtype="int16")[0] for clip in clips]
        offsets = np.cumsum([0] + [len(samples) for samples in audio])
        np.savez(cache.with_suffix(".part.npz"), samples=np.concatenate(audio), offsets=offsets)
        cache.with_suffix(".part.npz").rename(cache)
    stored = np.load(cache)
    samples, offsets = stored["samples"], stored["offsets"]
    return [samples[a:b] for a, b in zip(offsets[:-1], offsets[1:])]


def assign_folds(clips: list[Clip], folds: int = FOLDS) -> dict[str, int]:
    """Source -> fold; largest sources first, each to the fold poorest in its classes."""
    counts: dict[str, np.ndarray] = {}
    for clip in clips:
        counts.setdefault(clip.source, np.zeros(3))[clip.label] += 1
    total = sum(counts.values())
    filled = np.zeros((folds, 3))
    assigned = {}
    for source in sorted(counts, key=lambda s: (-counts[s].sum(), s)):
        share = counts[source] / total
        costs = ((filled + share) ** 2).sum(axis=1) - (filled ** 2).sum(axis=1)
        fold = int(np.argmin(costs))
        filled[fold] += share
        assigned[source] = fold
    return assigned


def source_weights(sources: list[str]) -> np.ndarray:
    """Sampling weights by clip: every source counts by the square root of its size."""
    names, inverse, counts = np.unique(sources, return_inverse=True, return_counts=True)
    weights = counts[inverse] ** -0.5
    return weights / weights.sum()
