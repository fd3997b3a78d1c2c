"""Fill the bank: shards of augmented and mixed clips with features, teacher outputs and what was mixed.

A shard depends only on its number and the seed, so an interrupted run goes on where it stopped.
A mix takes its parts from one fold, so that a fold can be left out of training as a whole; the last
shards take theirs from the synthetic pool alone (fold -1), which every training may hear.
"""
import argparse
import time
from pathlib import Path

import numpy as np
import torch

from config import CONFIG
from data import augment
from data.composer import SAMPLES, SYNTHETIC_FOLD, WINDOWS, Composer
from data.corpus import FOLDS, assign_folds, load_audio, read_manifest, read_unlabelled
from model.ecapa import log_mel
from model.yamnet import Yamnet, cut_windows

FRAMES = 1 + SAMPLES // 160
DECIBEL_STEP = 0.4  # features are stored as whole steps below the clip's maximum
RECORD = np.dtype([("features", "u1", (2, FRAMES, 80)), ("logits", "f2", (WINDOWS, 521)),
                   ("embedding", "f2", (WINDOWS, 1024)), ("powers", "f4", (WINDOWS, 3)),
                   ("fold", "i1"), ("kind", "i1"), ("clip", "i4"), ("trust", "f4")])


def quantise(decibels: torch.Tensor) -> np.ndarray:
    below = decibels.amax(dim=(1, 2), keepdim=True) - decibels
    return torch.clamp(torch.round(below / DECIBEL_STEP), 0, 255).to(torch.uint8).numpy()


def make_shard(number, clips, audio, folds, synthetic, teacher) -> np.ndarray:
    rng = np.random.default_rng([CONFIG["corpus"]["seed"], number])
    size = CONFIG["bank"]["shard_clips"]
    composer = Composer(rng, clips, audio, folds, synthetic)
    rooms = augment.room_bank(rng, 24)
    responses = [augment.random_response(rng) for _ in range(64)]
    shard = np.zeros(size, RECORD)
    clean, degraded = [], []
    for row in shard:
        row["fold"] = SYNTHETIC_FOLD if number >= CONFIG["bank"]["shards"] - CONFIG["bank"]["synthetic_shards"] else rng.integers(FOLDS)
        samples, row["powers"], row["kind"], row["clip"], row["trust"] = composer.compose(int(row["fold"]))
        clean.append(samples)
        degraded.append(augment.degrade(rng, samples, rooms, responses))
    coded = rng.permutation(size)[: int(size * CONFIG["bank"]["coded_share"])]
    for group in np.array_split(coded, max(1, len(coded) // 25)):
        for index, samples in zip(group, augment.through_codec(rng, [degraded[i] for i in group])):
            degraded[index] = samples
    degraded = [augment.random_level(rng, samples) for samples in degraded]
    for start in range(0, size, 50):
        rows = slice(start, start + 50)
        batch = torch.from_numpy(np.stack(clean[rows]))
        shard["features"][rows, 0] = quantise(log_mel(batch))
        shard["features"][rows, 1] = quantise(log_mel(torch.from_numpy(np.stack(degraded[rows]))))
        windows = cut_windows(torch.clamp(batch, -1, 1))
        logits, embedding = teacher(windows.reshape(-1, windows.shape[-1]))
        shard["logits"][rows] = logits.reshape(-1, WINDOWS, 521).numpy()
        shard["embedding"][rows] = embedding.reshape(-1, WINDOWS, 1024).numpy()
    return shard


def load_inputs(shared: Path, bank: Path):
    labelled, unlabelled = read_manifest(shared / "corpus"), read_unlabelled(shared / "corpus")
    audio = load_audio(shared / "corpus", labelled, bank / "corpus.npy")
    if unlabelled:
        audio = audio + load_audio(shared / "corpus", unlabelled, bank / "unlabelled.npy")
    return labelled + unlabelled, audio, assign_folds(labelled + unlabelled), load_synthetic(bank)


def load_synthetic(bank: Path) -> dict:
    """The pool that `synthesis.py` made; empty without one (networks that start from the shipped one have heard such a pool)."""
    if CONFIG["bank"]["synthetic_shards"] == 0 and not (bank / "synthetic.npz").exists():
        return {"audio": [], "labels": np.zeros(0, int), "kinds": np.zeros(0, str)}
    stored = np.load(bank / "synthetic.npz")
    samples, offsets = stored["samples"], stored["offsets"]
    return {"audio": [samples[a:b] for a, b in zip(offsets[:-1], offsets[1:])], "labels": stored["labels"], "kinds": stored["kinds"]}


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--shared", type=Path, default=Path("../shared"))
    parser.add_argument("--bank", type=Path, required=True)
    parser.add_argument("--share", type=int, nargs=2, default=[0, 1], metavar=("PART", "OF"), help="which of the shards: for processes side by side")
    args = parser.parse_args()
    torch.set_num_threads(1)
    clips, audio, folds, synthetic = load_inputs(args.shared, args.bank)
    teacher = Yamnet(args.shared / "peers/yamnet.tflite")
    (args.bank / "shards").mkdir(exist_ok=True)
    part, of = args.share
    for number in range(part, CONFIG["bank"]["shards"], of):
        path = args.bank / "shards" / f"{number:05d}.npy"
        if path.exists():
            continue
        began = time.process_time()
        shard = make_shard(number, clips, audio, folds, synthetic, teacher)
        with open(path.with_suffix(".part"), "wb") as file:
            np.save(file, shard)
        path.with_suffix(".part").rename(path)
        print(f"shard {number}: {len(shard) / (time.process_time() - began):.0f} clips a processor second", flush=True)


if __name__ == "__main__":
    main()
