"""Mixtures of known content for presence: one class alone, one over another by a known level, three at once."""
from dataclasses import dataclass

import numpy as np

from data import augment
from data.corpus import DERIVED, LABELS, SAMPLE_RATE, Clip, source_weights

LEVELS_DB = [0, 5, 10, 15]  # how far the second class lies under the first, in the benchmark


@dataclass(frozen=True)
class Mixture:
    samples: np.ndarray  # float32
    present: tuple[bool, bool, bool]  # in the order of LABELS
    under_db: float | None  # how far the quieter class lies under the louder; None: alone, or three classes
    quieter: int | None  # its label
    sources: tuple[str, ...]


def stretch(rng, clips: list[Clip], audio, index: int, length: int) -> np.ndarray:
    """`length` samples: the clip, then others of its recording, then of its source and class, then all of them again."""
    clip = clips[index]
    parts, total = [audio[index]], len(audio[index])
    same = [i for i, c in enumerate(clips) if i != index and c.source == clip.source and c.label == clip.label]
    same.sort(key=lambda i: (clips[i].original != clip.original, rng.random()))
    for i in same:
        if total >= length:
            break
        parts.append(audio[i])
        total += len(audio[i])
    samples = np.resize(np.concatenate(parts), max(length, total))
    start = int(rng.integers(0, len(samples) - length + 1))
    samples = samples[start:start + length].astype(np.float32) / 32768
    return samples / (augment.rms(samples) + 1e-6) * 0.1


def mixable(clips: list[Clip], members: list[int]) -> dict[int, list[int]]:
    """Round -> the members of it whose label can be relied on; rounds that lack a class are left out."""
    out = {}
    for number in sorted({clips[i].round for i in members}):
        chosen = [i for i in members if clips[i].round == number and clips[i].trust == 1 and clips[i].source not in DERIVED]
        if len({clips[i].label for i in chosen}) == len(LABELS):
            out[number] = chosen
    return out


class Mixer:
    """Mixes clips of a set of sources; every source counts by the square root of its clips."""

    def __init__(self, rng, clips: list[Clip], audio, members: list[int]):
        self.rng = rng
        self.clips, self.audio = [clips[i] for i in members], [audio[i] for i in members]
        self.pools = [[i for i, c in enumerate(self.clips) if c.label == label] for label in range(3)]
        self.weights = [source_weights([self.clips[i].source for i in pool]) for pool in self.pools]

    def part(self, label: int, length: int) -> tuple[np.ndarray, str]:
        index = int(self.rng.choice(self.pools[label], p=self.weights[label]))
        return stretch(self.rng, self.clips, self.audio, index, length), self.clips[index].source

    def mix(self, labels: list[int], under_db: list[float], seconds: float) -> Mixture:
        length = int(seconds * SAMPLE_RATE)
        total, sources = np.zeros(length, np.float32), []
        for label, under in zip(labels, under_db):
            samples, source = self.part(label, length)
            total += samples * np.float32(10 ** (-under / 20))
            sources.append(source)
        total *= min(1.0, 0.99 / (np.abs(total).max() + 1e-9))
        two = len(labels) == 2
        return Mixture(total, tuple(k in labels for k in range(3)), under_db[1] if two else None, labels[1] if two else None, tuple(sources))

    def examples(self, count: int) -> list[Mixture]:
        """To fit on: alone (a third), pairs 0 to 20 dB apart and some triples, 1 to 8 s, any level, some spoilt."""
        rng, out = self.rng, []
        for _ in range(count):
            layers = int(rng.choice([1, 2, 3], p=[0.36, 0.56, 0.08]))
            labels = [int(k) for k in rng.permutation(3)[:layers]]
            under = [0.0, *np.sort(rng.uniform(0, 20, layers - 1))]
            mixture = self.mix(labels, under, float(rng.choice([1, 1.5, 2, 3, 5, 8], p=[0.14, 0.3, 0.2, 0.16, 0.1, 0.1])))
            level = np.float32(10 ** (-rng.uniform(0, 30) / 20))
            out.append(Mixture(mixture.samples * level, mixture.present, mixture.under_db, mixture.quieter, mixture.sources))
        return out

    def benchmark(self, each: int, seconds: float = 8.0) -> list[Mixture]:
        """Three times `each` of every class alone, and `each` of every ordered pair at every level of LEVELS_DB."""
        out = [self.mix([label], [0.0], seconds) for label in range(3) for _ in range(3 * each)]
        out += [self.mix([first, second], [0.0, float(level)], seconds) for level in LEVELS_DB
                for first in range(3) for second in range(3) if first != second for _ in range(each)]
        return out
