"""Batches from the bank: windows of clips with the teacher's outputs and what was mixed over the same windows."""
from pathlib import Path

import numpy as np
import torch

from config import CONFIG
from data.composer import WINDOWS
from data.corpus import LABELS
from data.make_bank import DECIBEL_STEP
from model.ecapa import normalise

WINDOW_FRAMES, HOP_FRAMES = 98, 48.75
SETTINGS = CONFIG["batches"]
SILENT = 10 ** -4.5  # power of a window beside the loudest of its clip
FLOOR_DECIBELS = -255 * DECIBEL_STEP
# Centres of the front end's bands, equally far apart on the mel scale.
BAND_HZ = 700 * (10 ** (np.linspace(0, 2595 * np.log10(1 + 8000 / 700), 82)[1:-1] / 2595) - 1)


def chances(table: dict[str, float]) -> tuple[list[int], np.ndarray]:
    values = np.array(list(table.values()))
    return [int(key) for key in table], values / values.sum()


def verdict_targets(powers: np.ndarray) -> np.ndarray:
    """Powers [..., W, 3] of a mix's classes -> soft labels [..., W, 3] for the one verdict; zero where silent or unknown."""
    known = np.nan_to_num(powers)
    total = known.sum(axis=-1, keepdims=True)
    prominence = np.array([CONFIG["bank"]["prominence_db"][name] for name in LABELS])
    weights = (known * 10 ** (prominence / 10)) ** (10 / 8) + 1e-30
    shares = weights / weights.sum(axis=-1, keepdims=True)
    return shares * (total > total.max(axis=-2, keepdims=True) * SILENT)


def presence_targets(powers: np.ndarray, loudest: np.ndarray) -> np.ndarray:
    """Powers [..., 3] over one stretch -> target [..., 3] of each class's presence: 1, 0, or between for what is almost hidden.

    `loudest` [...] is the greatest power of a stretch of the same clip: far under it is silence, where nothing is present.
    """
    known = np.nan_to_num(powers)
    below = 10 * np.log10(known.max(axis=-1, keepdims=True) + 1e-20) - 10 * np.log10(known + 1e-20)
    clear, hidden = CONFIG["presence"]["clear_db"], CONFIG["presence"]["hidden_db"]
    target = np.clip((hidden - below) / (hidden - clear), 0, 1)
    return target * (known.sum(axis=-1) > loudest * SILENT)[..., None]


class Bank:
    """Walks through all shards in random order with some of them mixed in memory.

    `shares` says which folds may be heard, each with the share of its rows that are taken.
    """

    def __init__(self, folder: Path, shares: dict[int, float], batch: int, rng):
        self.folder, self.shares, self.batch, self.rng = folder, shares, batch, rng
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
        while len(self.shards) < min(SETTINGS["resident_shards"], 1 + len(self.queue)) or not self.shards:
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
        joins, chance = chances(SETTINGS["joined"])
        joined = int(rng.choice(joins, p=chance))
        # Of long clips half as many: batch norms after pooling need a dozen.
        size = self.batch if joined == 1 else self.batch // 2 * joined
        rows = self.rows(size)
        lengths, chance = chances(SETTINGS["windows"])
        count = WINDOWS if joined > 1 else int(rng.choice(lengths, p=chance))
        length = round(WINDOW_FRAMES + HOP_FRAMES * (count - 1))
        first = rng.integers(0, WINDOWS - count + 1, size)
        starts = np.round(first * HOP_FRAMES).astype(int)
        starts = np.minimum(starts, rows["features"].shape[2] - length)
        if count == 1 and rng.random() < SETTINGS["short_share"]:  # shorter than the teacher's window
            short = int(rng.integers(48, 98))
            starts = starts + rng.integers(0, length - short + 1, size)
            length = short
        version = (rng.random(size) < SETTINGS["degraded_share"]).astype(int)
        features = np.stack([rows["features"][i, version[i], starts[i]:starts[i] + length] for i in range(size)])
        features = torch.from_numpy(features).float() * -DECIBEL_STEP
        windows = first[:, None] + np.arange(count)
        pick = np.arange(size)[:, None]
        logits = torch.from_numpy(rows["logits"][pick, windows].astype(np.float32))
        powers = rows["powers"].astype(np.float64)
        known = ~np.isnan(powers[:, 0, 0])
        out = {
            "log_scores": torch.log(torch.sigmoid(logits) + 1e-4).mean(dim=1),
            "scores": torch.sigmoid(logits).mean(dim=1),
            "embedding": torch.from_numpy(rows["embedding"][pick, windows].astype(np.float32)).mean(dim=1).sqrt(),
            "domain": verdict_targets(powers)[pick, windows].mean(axis=1) * rows["trust"][:, None],
        }
        stretch, loudest = powers[pick, windows].sum(axis=1), powers.sum(axis=2).max(axis=1) * count
        features = warp(features, rng)
        clip = torch.from_numpy(rows["clip"].astype(np.int64))
        trust = rows["trust"] * known
        if joined == 1:
            silence(features, rng)
        else:
            # Five and ten seconds: rows end to end, mostly of one class, each at a level of its own.
            order = rng.permutation(size)
            if rng.random() < 0.75:
                order = order[np.argsort(out["domain"].argmax(axis=1)[order], kind="stable")]
            features = features + torch.from_numpy(rng.normal(0, 4, (size, 1, 1)).astype(np.float32))
            features = features[order].reshape(size // joined, joined * length, -1)
            out = {name: values[order].reshape(size // joined, joined, -1).mean(1) for name, values in out.items()}
            stretch = stretch[order].reshape(size // joined, joined, 3).sum(axis=1)
            loudest, trust = (v[order].reshape(size // joined, joined).min(axis=1) for v in (loudest, trust))
            clip = torch.full((size // joined,), -1)
        out["domain"] = torch.as_tensor(out["domain"], dtype=torch.float32)
        out["presence"] = torch.from_numpy(presence_targets(stretch, np.nan_to_num(loudest)).astype(np.float32))
        out["presence_weight"] = torch.from_numpy(np.asarray(trust, np.float32))
        return {"features": mask(normalise(features), rng), "clip": clip, **out}


def warp(features: torch.Tensor, rng) -> torch.Tensor:
    """Stretch the frequencies of some clips by a factor of their own: [B, T, 80] -> the same shape.

    Vocal tract length perturbation, Jaitly and Hinton (2013), here for whatever sounds. What comes from above the highest band repeats that.
    """
    low, high = SETTINGS["warp"]
    factors = np.where(rng.random(len(features)) < SETTINGS["warp_share"], rng.uniform(low, high, len(features)), 1.0)
    at = np.clip(np.interp(BAND_HZ[None, :] * factors[:, None], BAND_HZ, np.arange(len(BAND_HZ))), 0, len(BAND_HZ) - 1)
    below = np.minimum(at.astype(np.int64), len(BAND_HZ) - 2)
    part = torch.from_numpy((at - below).astype(np.float32))[:, None, :]
    index = torch.from_numpy(below)[:, None, :].expand(features.shape)
    return features.gather(2, index) * (1 - part) + features.gather(2, index + 1) * part


def silence(features: torch.Tensor, rng):
    """Set the start or end of some clips to digital silence: what is said of them should not change."""
    frames = features.shape[1]
    for clip in features:
        if rng.random() < SETTINGS["silence_share"]:
            width = int(rng.integers(1, frames // 2))
            stretch, left = (slice(0, width), clip[width:]) if rng.random() < 0.5 else (slice(frames - width, frames), clip[:frames - width])
            if left.amax() >= clip.amax() - 10:  # the sound is in what is left
                clip[stretch] = FLOOR_DECIBELS


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
    embedding = torch.from_numpy(rows["embedding"].astype(np.float32)).mean(dim=1).sqrt()
    return {"log_scores_mean": log_scores.mean(0), "log_scores_deviation": log_scores.std(0).clamp(min=0.35),
            "embedding_mean": embedding.mean(0), "embedding_deviation": embedding.std(0).clamp(min=0.05),
            "scores_mean": torch.sigmoid(logits).mean(dim=(0, 1))}
