"""Batches from the bank: windows of clips with the teacher's outputs over the same windows."""
from pathlib import Path

import numpy as np
import torch

from ecapa import normalise
from make_bank import DECIBEL_STEP, WINDOWS

WINDOW_FRAMES, HOP_FRAMES = 98, 48.75


class Bank:
    """Walks through all shards in random order with some of them mixed in memory."""

    def __init__(self, folder: Path, held_out: int | None, batch: int, rng, resident=24):
        self.folder, self.held_out, self.batch, self.rng, self.resident = folder, held_out, batch, rng, resident
        self.queue: list[Path] = []
        self.shards: list[np.ndarray] = []
        self.credit = 0

    def load_next(self) -> np.ndarray:
        if not self.queue:  # shards made meanwhile join here
            self.queue = list(self.rng.permutation(sorted(self.folder.glob("*.npy"))))
        shard = np.load(self.queue.pop())
        return shard if self.held_out is None else shard[shard["fold"] != self.held_out]

    def rows(self) -> np.ndarray:
        while len(self.shards) < min(self.resident, 1 + len(self.queue)) or not self.shards:
            self.shards.append(self.load_next())
        self.credit += self.batch
        if self.credit >= len(self.shards[0]):  # each shard serves about as many rows as it has
            self.credit -= len(self.shards[0])
            self.shards.pop(0)
            self.shards.append(self.load_next())
        which = self.rng.integers(len(self.shards), size=self.batch)
        return np.stack([self.shards[i][self.rng.integers(len(self.shards[i]))] for i in which])

    def batch_of(self) -> dict[str, torch.Tensor]:
        rows, rng = self.rows(), self.rng
        count = int(rng.choice([1, 2, 3, 4], p=[0.33, 0.45, 0.15, 0.07]))
        length = round(WINDOW_FRAMES + HOP_FRAMES * (count - 1))
        first = rng.integers(0, WINDOWS - count + 1, self.batch)
        starts = np.round(first * HOP_FRAMES).astype(int)
        starts = np.minimum(starts, rows["features"].shape[2] - length)
        if count == 1 and rng.random() < 0.5:  # shorter than the teacher's window
            short = int(rng.integers(48, 98))
            starts = starts + rng.integers(0, length - short + 1, self.batch)
            length = short
        version = (rng.random(self.batch) < 0.6).astype(int)
        features = np.stack([rows["features"][i, version[i], starts[i]:starts[i] + length] for i in range(self.batch)])
        windows = first[:, None] + np.arange(count)
        pick = np.arange(self.batch)[:, None]
        logits = torch.from_numpy(rows["logits"][pick, windows].astype(np.float32))
        return {
            "features": mask(normalise(torch.from_numpy(features).float() * -DECIBEL_STEP), rng),
            "log_scores": torch.log(torch.sigmoid(logits) + 1e-4).mean(dim=1),
            "scores": torch.sigmoid(logits).mean(dim=1),
            "embedding": torch.from_numpy(rows["embedding"][pick, windows].astype(np.float32)).mean(dim=1),
            "domain": torch.from_numpy(rows["domain"][pick, windows].astype(np.float32)).mean(dim=1),
            "clip": torch.from_numpy(rows["clip"].astype(np.int64)),
        }


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


def target_statistics(folder: Path, shards: int = 6) -> dict[str, torch.Tensor]:
    """Mean and deviation of the teacher's outputs, so that every dimension counts alike."""
    rows = np.concatenate([np.load(p) for p in sorted(folder.glob("*.npy"))[:shards]])
    logits = torch.from_numpy(rows["logits"].astype(np.float32))
    log_scores = torch.log(torch.sigmoid(logits) + 1e-4).mean(dim=1)
    embedding = torch.from_numpy(rows["embedding"].astype(np.float32)).mean(dim=1)
    return {"log_scores_mean": log_scores.mean(0), "log_scores_deviation": log_scores.std(0).clamp(min=0.35),
            "embedding_mean": embedding.mean(0), "embedding_deviation": embedding.std(0).clamp(min=0.02),
            "scores_mean": torch.sigmoid(logits).mean(dim=(0, 1))}
