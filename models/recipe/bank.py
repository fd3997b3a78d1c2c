"""Batches from the bank: windows of clips with the teacher's outputs over the same windows."""
from pathlib import Path

import numpy as np
import torch

from ecapa import normalise
from make_bank import DECIBEL_STEP, WINDOWS

WINDOW_FRAMES, HOP_FRAMES = 98, 48.75


class Bank:
    """Walks through all shards in random order with some of them mixed in memory.

    `shares` says which folds may be heard, each with the share of its rows that are taken.
    """

    def __init__(self, folder: Path, shares: dict[int, float], batch: int, rng, resident=16):
        self.folder, self.shares, self.batch, self.rng, self.resident = folder, shares, batch, rng, resident
        self.queue: list[Path] = []
        self.shards: list[np.ndarray] = []
        self.credit = 0

    def load_next(self) -> np.ndarray:
        while True:
            if not self.queue:  # shards made meanwhile join here
                self.queue = list(self.rng.permutation(sorted(self.folder.glob("*.npy"))))
            shard = np.load(self.queue.pop())
            share = np.array([self.shares.get(int(fold), 0.0) for fold in shard["fold"]])
            shard = shard[self.rng.random(len(shard)) < share]
            if len(shard):
                return shard

    def rows(self, count: int) -> np.ndarray:
        while len(self.shards) < min(self.resident, 1 + len(self.queue)) or not self.shards:
            self.shards.append(self.load_next())
        self.credit += count
        if self.credit >= len(self.shards[0]):  # each shard serves about as many rows as it has
            self.credit -= len(self.shards[0])
            self.shards.pop(0)
            self.shards.append(self.load_next())
        which = self.rng.integers(len(self.shards), size=count)
        return np.stack([self.shards[i][self.rng.integers(len(self.shards[i]))] for i in which])

    def batch_of(self) -> dict[str, torch.Tensor]:
        rng = self.rng
        joined = int(rng.choice([1, 2, 4], p=[0.91, 0.06, 0.03]))
        # Of long clips half as many: batch norms after pooling need a dozen.
        size = self.batch if joined == 1 else self.batch // 2 * joined
        rows = self.rows(size)
        count = WINDOWS if joined > 1 else int(rng.choice([1, 2, 3, 4], p=[0.5, 0.33, 0.07, 0.1]))
        length = round(WINDOW_FRAMES + HOP_FRAMES * (count - 1))
        first = rng.integers(0, WINDOWS - count + 1, size)
        starts = np.round(first * HOP_FRAMES).astype(int)
        starts = np.minimum(starts, rows["features"].shape[2] - length)
        if count == 1 and rng.random() < 0.4:  # shorter than the teacher's window
            short = int(rng.integers(48, 98))
            starts = starts + rng.integers(0, length - short + 1, size)
            length = short
        version = (rng.random(size) < 0.6).astype(int)
        features = np.stack([rows["features"][i, version[i], starts[i]:starts[i] + length] for i in range(size)])
        features = torch.from_numpy(features).float() * -DECIBEL_STEP
        windows = first[:, None] + np.arange(count)
        pick = np.arange(size)[:, None]
        logits = torch.from_numpy(rows["logits"][pick, windows].astype(np.float32))
        out = {
            "log_scores": torch.log(torch.sigmoid(logits) + 1e-4).mean(dim=1),
            "scores": torch.sigmoid(logits).mean(dim=1),
            "embedding": torch.from_numpy(rows["embedding"][pick, windows].astype(np.float32)).mean(dim=1),
            "domain": torch.from_numpy(rows["domain"][pick, windows].astype(np.float32)).mean(dim=1),
        }
        clip = torch.from_numpy(rows["clip"].astype(np.int64))
        if joined > 1:
            # Five and ten seconds: rows end to end, mostly of one class, each at a level of its own.
            order = rng.permutation(size)
            if rng.random() < 0.75:
                order = order[np.argsort(out["domain"].argmax(dim=1).numpy()[order], kind="stable")]
            features = features + torch.from_numpy(rng.normal(0, 4, (size, 1, 1)).astype(np.float32))
            features = features[order].reshape(size // joined, joined * length, -1)
            out = {name: values[order].reshape(size // joined, joined, -1).mean(dim=1) for name, values in out.items()}
            clip = torch.full((size // joined,), -1)
        return {"features": mask(normalise(features), rng), "clip": clip, **out}


def mask(features: torch.Tensor, rng) -> torch.Tensor:
    """SpecAugment: up to two bands of mels and one stretch of frames set to the mean."""
    frames = features.shape[1]
    for clip in features:
        for _ in range(int(rng.integers(0, 3))):
            width, at = int(rng.integers(1, 11)), int(rng.integers(0, 70))
            clip[:, at:at + width] = 0
        if rng.random() < 0.4:
            width = int(rng.integers(1, max(2, frames // 8)))
            at = int(rng.integers(0, frames - width))
            clip[at:at + width] = 0
    return features


def target_statistics(bank: Bank, shards: int = 5) -> dict[str, torch.Tensor]:
    """Mean and deviation of the teacher's outputs over rows that may be heard, so that every dimension counts alike."""
    rows = np.concatenate([bank.load_next() for _ in range(shards)])
    logits = torch.from_numpy(rows["logits"].astype(np.float32))
    log_scores = torch.log(torch.sigmoid(logits) + 1e-4).mean(dim=1)
    embedding = torch.from_numpy(rows["embedding"].astype(np.float32)).mean(dim=1)
    return {"log_scores_mean": log_scores.mean(0), "log_scores_deviation": log_scores.std(0).clamp(min=0.35),
            "embedding_mean": embedding.mean(0), "embedding_deviation": embedding.std(0).clamp(min=0.02),
            "scores_mean": torch.sigmoid(logits).mean(dim=(0, 1))}
