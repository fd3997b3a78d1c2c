"""Embeddings of corpus clips: whole, cut short, joined, with noise and degraded."""
from pathlib import Path

import numpy as np
import torch

from data import augment
from data.corpus import SAMPLE_RATE, Clip
from model.ecapa import EcapaTdnn, log_mel, normalise


def load_model(checkpoint: Path) -> tuple[EcapaTdnn, dict]:
    state = torch.load(checkpoint, weights_only=True)
    model = EcapaTdnn(**state["sizes"])
    model.load_state_dict(state["model"])
    return model.eval(), state


@torch.no_grad()
def embed_clips(model: EcapaTdnn, clips: list[np.ndarray]) -> np.ndarray:
    """Float clips of any length -> [clips, dimension]; clips of one length share a batch."""
    out = np.zeros((len(clips), model.sizes["dimension"]), np.float32)
    by_length: dict[int, list[int]] = {}
    for index, clip in enumerate(clips):
        by_length.setdefault(len(clip), []).append(index)
    for members in by_length.values():
        for start in range(0, len(members), 32):
            rows = members[start:start + 32]
            batch = torch.from_numpy(np.stack([clips[i] for i in rows]))
            out[rows] = model(normalise(log_mel(batch))).float().numpy()
    return out


def to_float(audio: list[np.ndarray]) -> list[np.ndarray]:
    return [samples.astype(np.float32) / 32768 for samples in audio]


def cut(rng, samples: np.ndarray, seconds: float, tries: int = 6) -> np.ndarray:
    """A random stretch that is not silent: the loudest half-level of some tries."""
    length = int(seconds * SAMPLE_RATE)
    if len(samples) <= length:
        return samples
    starts = rng.integers(0, len(samples) - length + 1, tries)
    levels = [float(np.abs(samples[s:s + length]).mean()) for s in starts]
    audible = [s for s, level in zip(starts, levels) if level >= 0.3 * max(levels)]
    start = audible[0]
    return samples[start:start + length]


def join(clips: list[Clip], audio: list[np.ndarray], members: list[int], seconds: float) -> list[np.ndarray]:
    """For each member, clips of its own recording (then of its source) end to end up to `seconds`."""
    out = []
    length = int(seconds * SAMPLE_RATE)
    for index in members:
        clip = clips[index]
        same = [i for i in members if i != index and clips[i].source == clip.source and clips[i].label == clip.label]
        same.sort(key=lambda i: (clips[i].original != clip.original, i))
        parts, total = [audio[index]], len(audio[index])
        for i in same:
            if total >= length:
                break
            parts.append(audio[i])
            total += len(audio[i])
        out.append(np.concatenate(parts)[:length])
    return out


def with_noise(rng, samples: np.ndarray, noises: list[np.ndarray], decibels: float) -> np.ndarray:
    noise = noises[rng.integers(len(noises))]
    noise = np.resize(noise, len(samples))
    gain = augment.rms(samples) / (augment.rms(noise) + 1e-9) * 10 ** (-decibels / 20)
    return samples + noise * np.float32(gain)


def degraded_versions(rng, audio: list[np.ndarray]) -> list[np.ndarray]:
    """Every clip once through the bank's filters, rooms and codecs, at most 2.4 s of it."""
    rooms = augment.room_bank(rng, 24)
    responses = [augment.random_response(rng) for _ in range(64)]
    out = [augment.degrade(rng, cut(rng, samples, rng.uniform(0.8, 2.4)), rooms, responses) for samples in audio]
    coded = rng.permutation(len(out))[: len(out) * 3 // 10]
    for group in np.array_split(coded, max(1, len(coded) // 25)):
        for index, samples in zip(group, augment.through_codec(rng, [out[i] for i in group])):
            out[index] = samples.astype(np.float32)
    return out
