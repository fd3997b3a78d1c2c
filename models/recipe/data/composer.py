"""Mixes clips of one fold and knows what it mixed: the level of each class in each of the teacher's windows."""
import numpy as np

from config import CONFIG
from data import augment
from data.corpus import LABELS, UNLABELLED, Clip, source_weights

SAMPLES = 39000  # four teacher windows
WINDOWS = 4
WINDOW, HOP = 15600, 7800
MUSIC, NOISE, SPEECH = range(3)
SYNTHETIC_FOLD = -1
NO_CLIP = np.iinfo(np.int32).min
BANK = CONFIG["bank"]
KINDS = list(BANK["kinds"])
SHARES = np.array(list(BANK["kinds"].values())) / sum(BANK["kinds"].values())


def window_powers(parts: list[tuple[int, np.ndarray]]) -> np.ndarray:
    """Parts (label, samples) of a mix -> mean power [WINDOWS, 3] of each class in each window."""
    powers = np.zeros((WINDOWS, 3))
    for label, samples in parts:
        windows = np.lib.stride_tricks.sliding_window_view(samples, WINDOW)[::HOP]
        powers[:, label] += (windows.astype(np.float64) ** 2).mean(axis=1)
    return powers


class Composer:
    """Draws clips of one fold (or synthetic ones) and mixes them.

    `clips` and `audio` hold the labelled clips first and the unlabelled ones behind them.
    """

    def __init__(self, rng, clips: list[Clip], audio, folds: dict[str, int], synthetic):
        self.rng, self.clips, self.audio = rng, clips, audio
        self.pools = {}
        for fold in range(max(folds.values()) + 1):
            inside = [i for i, c in enumerate(clips) if folds[c.source] == fold]
            for label in range(3):
                for number in (2, 3):
                    self.pools[fold, label, number] = self.pool([i for i in inside if clips[i].label == label and clips[i].round == number])
                self.pools[fold, label, "sure"] = self.pool([i for i in inside if clips[i].label == UNLABELLED and self.sure(clips[i]) == label])
            self.pools[fold, UNLABELLED] = self.pool([i for i in inside if clips[i].label == UNLABELLED])
        self.synthetic_audio = synthetic["audio"]
        self.synthetic_pools = [np.flatnonzero((synthetic["labels"] == label) & (synthetic["kinds"] != "synthetic singing"))
                                for label in range(3)]
        self.sung = np.flatnonzero(synthetic["kinds"] == "synthetic singing")

    def pool(self, members: list[int]):
        return members, source_weights([self.clips[i].source for i in members]) if members else None

    @staticmethod
    def sure(clip: Clip) -> int | None:
        """The one group that the teacher is sure of in an unlabelled clip."""
        best = int(np.argmax(clip.teacher))
        others = [score for label, score in enumerate(clip.teacher) if label != best]
        return best if clip.teacher[best] > BANK["teacher_sure"] and max(others) < BANK["teacher_unsure"] else None

    def segment(self, source: np.ndarray) -> np.ndarray:
        """A stretch of SAMPLES samples at a random speed, at one level; padded with silence if the clip is short."""
        speed = float(np.clip(np.exp(self.rng.normal(0, 0.09)), 0.8, 1.25)) if self.rng.random() < 0.6 else 1.0
        length = min(int(SAMPLES * speed), len(source)) // 2 * 2
        start = self.rng.integers(0, len(source) - length + 1)
        samples = source[start:start + length].astype(np.float32) / 32768
        if speed != 1.0:
            samples = augment.change_speed(samples, min(SAMPLES, int(length / speed)))
        level = augment.rms(samples)
        missing = SAMPLES - len(samples)
        if missing > 0:
            before = self.rng.integers(0, missing + 1)
            samples = np.pad(samples, (before, missing - before))
        return samples[:SAMPLES] / (level + 1e-6) * 0.1

    def repeated(self, source: np.ndarray) -> np.ndarray:
        """As `segment`; a clip too short for it is repeated with pauses, so that it sounds in all windows of a mix."""
        if len(source) < 0.8 * SAMPLES:
            pause = np.zeros(int(self.rng.uniform(0, 0.4) * len(source)) // 2 * 2, source.dtype)
            source = np.tile(np.concatenate([source, pause]), int(np.ceil(1.3 * SAMPLES / (len(source) + len(pause)))))
        return self.segment(source)

    def draw(self, label: int, cut=None) -> tuple[int, np.ndarray, int]:
        """-> label, samples, index of the clip (negative: synthetic)."""
        cut = cut or self.segment
        if self.fold == SYNTHETIC_FOLD or (len(self.synthetic_pools[label]) and self.rng.random() < BANK["synthetic_share"][LABELS[label]]):
            index = self.rng.choice(self.synthetic_pools[label])
            return label, cut(self.synthetic_audio[index]), -1 - int(index)
        number = 3 if self.pools[self.fold, label, 3][0] and self.rng.random() < BANK["round3_share"] else 2
        members, weights = self.pools[self.fold, label, number]
        index = self.rng.choice(members, p=weights)
        return label, cut(self.audio[index]), int(index)

    def any(self):
        return self.draw(int(self.rng.integers(3)))

    def layers(self, count: int) -> list[tuple[int, np.ndarray]]:
        """`count` classes in random order, each following one some dB under the first."""
        labels = self.rng.permutation(3)[:count]
        low, high = BANK["pair_level_db"]
        parts = []
        for position, label in enumerate(labels):
            samples = self.draw(int(label), self.repeated)[1]
            parts.append((int(label), samples if position == 0 else samples * 10 ** (-self.rng.uniform(low, high) / 20)))
        return parts

    def compose(self, fold: int):
        """-> samples [SAMPLES], powers [WINDOWS, 3] (nan: unknown), index of the kind, clip (where it is a single one), trust."""
        self.fold = fold
        rng = self.rng
        kind = KINDS[int(rng.choice(len(KINDS), p=SHARES))]
        if kind.startswith("unlabelled") and (fold == SYNTHETIC_FOLD or not self.pools[fold, UNLABELLED][0]):
            kind = "single"
        sure = [label for label in range(3) if fold != SYNTHETIC_FOLD and self.pools[fold, label, "sure"][0]]
        if kind == "unlabelled mix" and not sure:
            kind = "unlabelled"
        if kind == "song" and not len(self.sung):
            kind = "pair"
        clip, trust = NO_CLIP, 1.0
        if kind == "single":
            label, samples, clip = self.any()
            parts = [(label, samples)]
            trust = self.clips[clip].trust if clip >= 0 else 1.0
        elif kind == "pair":
            parts = self.layers(2)
        elif kind == "triple":
            parts = self.layers(3)
        elif kind == "foreground over noise":
            parts = [self.draw(int(rng.choice([SPEECH, MUSIC])), self.repeated)[:2], (NOISE, self.draw(NOISE, self.repeated)[1] * 10 ** (-rng.uniform(-2, 6) / 20))]
        elif kind == "unlabelled":
            members, weights = self.pools[fold, UNLABELLED]
            clip = int(rng.choice(members, p=weights))
            samples = self.segment(self.audio[clip])
            return samples, np.full((WINDOWS, 3), np.nan), KINDS.index(kind), clip, trust
        elif kind == "unlabelled mix":
            label = int(rng.choice(sure))
            members, weights = self.pools[fold, label, "sure"]
            below = self.repeated(self.audio[rng.choice(members, p=weights)])
            over = int(rng.choice([k for k in range(3) if k != label]))
            parts = [self.draw(over, self.repeated)[:2], (label, below * 10 ** (-rng.uniform(0, 12) / 20))]
        elif kind == "switch":
            at, fade = rng.integers(8000, SAMPLES - 8000), int(rng.integers(100, 6000))
            ramp = np.clip((np.arange(SAMPLES) - at) / fade + 0.5, 0, 1).astype(np.float32)
            first, second = self.any(), self.any()
            parts = [(first[0], first[1] * (1 - ramp)), (second[0], second[1] * ramp * 10 ** (rng.uniform(-6, 6) / 20))]
        elif kind == "babble":
            talkers = sum(self.draw(SPEECH)[1] * 10 ** (rng.uniform(-4, 4) / 20) for _ in range(rng.integers(6, 14)))
            parts = [(NOISE, talkers)]
        elif kind == "song":
            sung = self.segment(self.synthetic_audio[rng.choice(self.sung)])
            # Always accompanied: alone, the vocoder's singing sounds like speech to the teacher.
            parts = [(MUSIC, sung), (MUSIC, self.draw(MUSIC)[1] * 10 ** (-rng.uniform(-10, 9) / 20))]
        else:
            parts = [self.draw(SPEECH)[:2], (SPEECH, self.draw(SPEECH)[1] * 10 ** (rng.uniform(-8, 8) / 20))]
        return sum(samples for _, samples in parts), window_powers(parts), KINDS.index(kind), clip, trust
