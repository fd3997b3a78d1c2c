"""The teacher's own scores as yardsticks: plain groups, and the features of a logistic head."""
import numpy as np
import torch

from data.corpus import LABELS
from model.yamnet import CLASSES, EMBEDDING, WINDOW, Yamnet, cut_windows

# AudioSet classes of each group, as YAMNet numbers them. Bells and chimes that are no instruments count as noise;
# silence, rooms, radio and television as none.
SPEECH = [*range(0, 11), 12]
MUSIC = [*range(24, 33), *(k for k in range(132, 277) if k not in (195, 196, 197, 198, 200, 201, 202))]
NEITHER = [494, *range(500, 507), 518, 519]
NOISE = [k for k in range(521) if k not in {*SPEECH, *MUSIC, *NEITHER}]
GROUPS = {"music": MUSIC, "noise": NOISE, "speech": SPEECH}


def scores(teacher: Yamnet, clips: list[np.ndarray]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Float clips -> means over windows of scores [N, 521], log scores [N, 521] and embeddings [N, 1024]; short clips are padded with silence."""
    mean, logs, embeddings = (np.zeros((len(clips), size), np.float32) for size in (CLASSES, CLASSES, EMBEDDING))
    for index, samples in enumerate(clips):
        missing = max(0, WINDOW - len(samples))
        windows = cut_windows(torch.from_numpy(np.pad(samples, (0, missing)).astype(np.float32))[None])[0]
        logits, embedding = teacher(windows)
        probability = torch.sigmoid(logits)
        mean[index] = probability.mean(0).numpy()
        logs[index] = torch.log(probability + 1e-4).mean(0).numpy()
        embeddings[index] = embedding.mean(0).numpy()
    return mean, logs, embeddings


def group(mean_scores: np.ndarray) -> np.ndarray:
    """Mean scores [N, 521] -> maximum of each group [N, 3], in the order of LABELS."""
    return np.stack([mean_scores[:, GROUPS[name]].max(axis=1) for name in LABELS], axis=1)

