"""The training corpus: clips, sources and the folds that hold whole sources out.

A corpus folder holds `train/` with `manifest.csv` (rounds one and two) and may hold `round3/` with manifests of
labelled and unlabelled clips; `data/layout.py` makes such a folder from any audio.
"""
import csv
import os
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import soundfile

from config import CONFIG

LABELS = ["music", "noise", "speech"]
SAMPLE_RATE = 16000
FOLDS = CONFIG["corpus"]["folds"]
UNLABELLED = -1
# Made from other clips or by the same engines as the synthetic pool: never scored as held out.
DERIVED = {"babble (mixed here from train speech)", "espeak-ng (synthesised here)", "synthetic (made here)"}


@dataclass(frozen=True)
class Clip:
    path: str  # below the corpus folder
    label: int  # index in LABELS, or UNLABELLED
    source: str
    original: str
    licence: str
    note: str
    round: int  # 2: rounds one and two; 3
    trust: float  # 1, or less where the teacher is sure that the label is wrong
    teacher: tuple[float, ...] | None  # the audit's group scores in the order of LABELS, where the manifest has them


def read_rows(path: Path, folder: str, number: int) -> list[Clip]:
    clips = []
    with open(path, newline="") as file:
        for row in csv.DictReader(file):
            label = LABELS.index(row["class"]) if row.get("class") else UNLABELLED
            scores = tuple(float(row[f"yamnet_{name}"]) for name in LABELS) if row.get("yamnet_music") else None
            doubtful = scores is not None and label != UNLABELLED and np.argmax(scores) != label and max(scores) > CONFIG["bank"]["teacher_sure"]
            clips.append(Clip(f"{folder}/{row['path']}", label, row["source"], row["original_path"], row["licence"], row.get("note") or "",
                              number, CONFIG["bank"]["doubtful_trust"] if doubtful else 1.0, scores))
    return clips


def read_manifest(corpus: Path) -> list[Clip]:
    """All labelled clips: rounds one and two first, then round three where the corpus has it."""
    clips = read_rows(corpus / "train/manifest.csv", "train", 2)
    for name in ("manifest-music.csv", "manifest-noise-speech.csv"):
        if (corpus / "round3" / name).exists():
            clips += read_rows(corpus / "round3" / name, "round3", 3)
    return clips


def read_unlabelled(corpus: Path) -> list[Clip]:
    path = corpus / "round3/manifest-unlabelled.csv"
    return read_rows(path, "round3", 3) if path.exists() else []


def load_audio(corpus: Path, clips: list[Clip], cache: Path) -> list[np.ndarray]:
    """All clips as int16, decoded once into `cache` (.npy, beside its offsets) and mapped into memory from there."""
    offsets_file = cache.with_suffix(".offsets.npy")
    if not offsets_file.exists():
        audio = [soundfile.read(corpus / clip.path, dtype="int16")[0] for clip in clips]
        # Two processes may decode at once: each writes a file of its own, and the offsets come last.
        for path, values in ((cache, np.concatenate(audio)), (offsets_file, np.cumsum([0] + [len(samples) for samples in audio]))):
            part = path.with_suffix(f".{os.getpid()}.npy")
            np.save(part, values)
            part.rename(path)
    samples, offsets = np.load(cache, mmap_mode="r"), np.load(offsets_file)
    if len(offsets) != len(clips) + 1:
        raise ValueError(f"{cache} holds {len(offsets) - 1} clips, the manifest {len(clips)}: delete it to decode again")
    return [samples[a:b] for a, b in zip(offsets[:-1], offsets[1:])]


def fill_folds(counts: dict[str, np.ndarray]) -> dict[str, int]:
    """Source -> fold; largest sources first, each to the fold poorest in its classes."""
    total = np.maximum(sum(counts.values()), 1)
    filled = np.zeros((FOLDS, len(total)))
    assigned = {}
    for source in sorted(counts, key=lambda s: (-counts[s].sum(), s)):
        share = counts[source] / total
        costs = ((filled + share) ** 2).sum(axis=1) - (filled ** 2).sum(axis=1)
        fold = int(np.argmin(costs))
        filled[fold] += share
        assigned[source] = fold
    return assigned


def assign_folds(clips: list[Clip]) -> dict[str, int]:
    """Folds of rounds one and two, of round three, and of sources that have unlabelled clips alone, each balanced by itself."""
    assigned: dict[str, int] = {}
    for chosen in (lambda c: c.round == 2, lambda c: c.label != UNLABELLED, lambda c: True):
        counts: dict[str, np.ndarray] = {}
        for clip in clips:
            if chosen(clip) and clip.source not in assigned:
                counts.setdefault(clip.source, np.zeros(4))[clip.label] += 1
        assigned |= fill_folds({s: c[:3] if c[:3].any() else c for s, c in counts.items()}) if counts else {}
    return assigned


def source_weights(sources: list[str]) -> np.ndarray:
    """Sampling weights by clip: every source counts by the square root of its size."""
    names, inverse, counts = np.unique(sources, return_inverse=True, return_counts=True)
    weights = counts[inverse] ** -0.5
    return weights / weights.sum()
