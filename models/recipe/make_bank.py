"""Fill the bank: shards of augmented and mixed clips with features, teacher outputs and labels.

A shard depends only on its number and the seed, so an interrupted run goes on where it stopped.
A mix takes its parts from one fold, so that a fold can be left out of training as a whole; the first
shards take theirs from the synthetic pool alone (fold -1), which every training may hear.
"""
import argparse
import time
from pathlib import Path

import numpy as np
import torch

import augment
from corpus import LABELS, assign_folds, load_audio, read_manifest, source_weights
from ecapa import log_mel
from yamnet import Yamnet, cut_windows

SAMPLES = 39000  # four teacher windows
FRAMES = 1 + SAMPLES // 160
WINDOWS = 4
DECIBEL_STEP = 0.4  # features are stored as whole steps below the clip's maximum
RECORD = np.dtype([("features", "u1", (2, FRAMES, 80)), ("logits", "f2", (WINDOWS, 521)),
                   ("embedding", "f2", (WINDOWS, 1024)), ("domain", "f2", (WINDOWS, 3)),
                   ("fold", "i1"), ("kind", "i1"), ("clip", "i4")])
KINDS = {"single": 0.48, "with noise": 0.16, "speech over music": 0.09, "free mix": 0.10, "switch": 0.085,
         "babble": 0.02, "song": 0.045, "two talkers": 0.02}
MUSIC, NOISE, SPEECH = range(3)
SYNTHETIC_FOLD = -1
# How far, in dB, a class is heard through an equally loud other one.
PROMINENCE = np.array([6.0, 0.0, 9.0])


def domain_labels(parts: list[tuple[int, np.ndarray]]) -> np.ndarray:
    """Parts (label, samples) of a mix -> soft labels [WINDOWS, 3]; zero where all is silent."""
    power = np.zeros((WINDOWS, 3))
    for label, samples in parts:
        windows = np.lib.stride_tricks.sliding_window_view(samples, 15600)[::7800]
        power[:, label] += (windows.astype(np.float64) ** 2).mean(axis=1)
    total = power.sum(axis=1)
    weights = (power * 10 ** (PROMINENCE / 10)) ** (10 / 8) + 1e-30
    shares = weights / weights.sum(axis=1, keepdims=True)
    return shares * (total > total.max() * 10 ** -4.5)[:, None]


class Composer:
    """Draws clips of one fold (or synthetic ones) and mixes them."""

    def __init__(self, rng, clips, audio, folds, synthetic):
        self.rng = rng
        self.audio = audio
        self.pools = {}
        for fold in range(max(folds.values()) + 1):
            for label in range(3):
                members = [i for i, c in enumerate(clips) if c.label == label and folds[c.source] == fold]
                self.pools[fold, label] = (members, source_weights([clips[i].source for i in members]))
        self.synthetic_audio = synthetic["audio"]
        self.synthetic_pools = [np.flatnonzero((synthetic["labels"] == label) & (synthetic["kinds"] != "synthetic singing"))
                                for label in range(3)]
        self.sung = np.flatnonzero(synthetic["kinds"] == "synthetic singing")

    def segment(self, source: np.ndarray) -> np.ndarray:
        """A stretch of SAMPLES samples at a random speed, peak 1; padded with silence if the clip is short."""
        speed = float(np.clip(np.exp(self.rng.normal(0, 0.09)), 0.8, 1.25)) if self.rng.random() < 0.6 else 1.0
        length = min(int(SAMPLES * speed), len(source)) // 2 * 2
        start = self.rng.integers(0, len(source) - length + 1)
        samples = source[start:start + length].astype(np.float32) / 32768
        if speed != 1.0:
            samples = augment.change_speed(samples, min(SAMPLES, int(length / speed)))
        missing = SAMPLES - len(samples)
        if missing > 0:
            before = self.rng.integers(0, missing + 1)
            samples = np.pad(samples, (before, missing - before))
        samples = samples[:SAMPLES]
        return samples / (augment.rms(samples) + 1e-6) * 0.1

    def draw(self, label: int, synthetic_share=(0.22, 0.12, 0.12)) -> tuple[int, np.ndarray, int]:
        if self.fold == SYNTHETIC_FOLD or self.rng.random() < synthetic_share[label]:
            index = self.rng.choice(self.synthetic_pools[label])
            return label, self.segment(self.synthetic_audio[index]), -1 - int(index)
        members, weights = self.pools[self.fold, label]
        index = self.rng.choice(members, p=weights)
        return label, self.segment(self.audio[index]), int(index)

    def any(self):
        return self.draw(int(self.rng.integers(3)))

    def compose(self, fold: int):
        """-> samples [SAMPLES], labels [WINDOWS, 3], kind, index of the clip where it is a single one."""
        self.fold = fold
        rng = self.rng
        kind = int(rng.choice(len(KINDS), p=np.array(list(KINDS.values())) / sum(KINDS.values())))
        name = list(KINDS)[kind]
        clip = np.iinfo(np.int32).min
        if name == "single":
            label, samples, clip = self.any()
            parts = [(label, samples)]
        elif name == "with noise":
            label, samples, clip = self.draw(int(rng.choice([SPEECH, SPEECH, MUSIC])))
            parts = [(label, samples), (NOISE, self.draw(NOISE)[1] * 10 ** (-rng.uniform(0, 30) / 20))]
        elif name == "speech over music":
            parts = [self.draw(SPEECH)[:2], (MUSIC, self.draw(MUSIC)[1] * 10 ** (-rng.uniform(-12, 22) / 20))]
        elif name == "free mix":
            parts = [(p[0], p[1] * 10 ** (rng.uniform(-9, 9) / 20)) for p in (self.any() for _ in range(rng.integers(2, 4)))]
        elif name == "switch":
            at, fade = rng.integers(8000, SAMPLES - 8000), int(rng.integers(100, 6000))
            ramp = np.clip((np.arange(SAMPLES) - at) / fade + 0.5, 0, 1).astype(np.float32)
            first, second = self.any(), self.any()
            parts = [(first[0], first[1] * (1 - ramp)), (second[0], second[1] * ramp * 10 ** (rng.uniform(-6, 6) / 20))]
        elif name == "babble":
            talkers = sum(self.draw(SPEECH)[1] * 10 ** (rng.uniform(-4, 4) / 20) for _ in range(rng.integers(6, 14)))
            parts = [(NOISE, talkers)]
        elif name == "song":
            sung = self.segment(self.synthetic_audio[rng.choice(self.sung)])
            # Always accompanied: alone, the vocoder's singing sounds like speech to the teacher.
            parts = [(MUSIC, sung), (MUSIC, self.draw(MUSIC)[1] * 10 ** (-rng.uniform(-10, 9) / 20))]
        else:
            parts = [self.draw(SPEECH)[:2], (SPEECH, self.draw(SPEECH)[1] * 10 ** (rng.uniform(-8, 8) / 20))]
        return sum(samples for _, samples in parts), domain_labels(parts), kind, clip


def quantise(decibels: torch.Tensor) -> np.ndarray:
    below = decibels.amax(dim=(1, 2), keepdim=True) - decibels
    return torch.clamp(torch.round(below / DECIBEL_STEP), 0, 255).to(torch.uint8).numpy()


def make_shard(number, seed, size, only_synthetic, clips, audio, folds, synthetic, teacher) -> np.ndarray:
    rng = np.random.default_rng([seed, number])
    composer = Composer(rng, clips, audio, folds, synthetic)
    rooms = augment.room_bank(rng, 24)
    responses = [augment.random_response(rng) for _ in range(64)]
    shard = np.zeros(size, RECORD)
    clean, degraded = [], []
    for row in shard:
        row["fold"] = SYNTHETIC_FOLD if only_synthetic else rng.integers(max(folds.values()) + 1)
        samples, row["domain"], row["kind"], row["clip"] = composer.compose(int(row["fold"]))
        clean.append(samples)
        degraded.append(augment.degrade(rng, samples, rooms, responses))
    coded = rng.permutation(size)[: int(size * 0.3)]
    for group in np.array_split(coded, max(1, len(coded) // 25)):
        for index, samples in zip(group, augment.through_codec(rng, [degraded[i] for i in group])):
            degraded[index] = samples
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
    clips = read_manifest(shared / "corpus")
    audio = load_audio(shared / "corpus", clips, bank / "corpus.npz")
    stored = np.load(bank / "synthetic.npz")
    samples, offsets = stored["samples"], stored["offsets"]
    synthetic = {"audio": [samples[a:b] for a, b in zip(offsets[:-1], offsets[1:])],
                 "labels": stored["labels"], "kinds": stored["kinds"]}
    return clips, audio, assign_folds(clips), synthetic


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--shared", type=Path, default=Path("../shared"))
    parser.add_argument("--bank", type=Path, required=True)
    parser.add_argument("--shards", type=int, nargs=2, default=[0, 80], metavar=("FIRST", "END"))
    parser.add_argument("--synthetic-shards", type=int, default=20, help="how many, from 0, hold synthetic clips alone")
    parser.add_argument("--size", type=int, default=500)
    parser.add_argument("--seed", type=int, default=20261124)
    args = parser.parse_args()
    torch.set_num_threads(1)
    clips, audio, folds, synthetic = load_inputs(args.shared, args.bank)
    teacher = Yamnet(args.shared / "peers/yamnet.tflite")
    (args.bank / "shards").mkdir(exist_ok=True)
    for number in range(*args.shards):
        path = args.bank / "shards" / f"{number:05d}.npy"
        if path.exists():
            continue
        began = time.time()
        shard = make_shard(number, args.seed, args.size, number < args.synthetic_shards, clips, audio, folds, synthetic, teacher)
        with open(path.with_suffix(".part"), "wb") as file:
            np.save(file, shard)
        path.with_suffix(".part").rename(path)
        print(f"shard {number}: {args.size / (time.time() - began):.0f} clips/s", flush=True)
    print("labels:", LABELS)


if __name__ == "__main__":
    main()
