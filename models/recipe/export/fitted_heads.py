"""The heads that are shipped with a network: its shape, the verdict and presence, fitted on the sources it may know."""
import numpy as np

from config import CONFIG
from data.corpus import LABELS
from evaluate.embeddings import embed_clips, to_float
from evaluate.head import fit_whitened
from evaluate.head_set import head_set
from evaluate.mixtures import Mixer, mixable
from evaluate.presence import fit_presence
from evaluate.shape import fit_shape
from export.checkpoint import fold_affine


def fit_heads(model, clips, samples: list[np.ndarray], members: list[int], chosen: dict) -> tuple[dict, float]:
    """Shape `model` in place and fit both readouts on clips `members`; `chosen` is the summary of the folds.

    -> the head as plain numbers, and by how much folding the shape into the last layer changed the embedding.
    """
    audio = to_float(samples)
    x, y, weights = head_set(model, clips, audio, members, np.random.default_rng(3))
    shape = fit_shape(x, y, weights)
    fold_affine(model, shape)
    x = shape(x)
    head, bias = fit_whitened(x, y, chosen["strength"], weights)
    sample = members[::40]
    difference = float(np.abs(embed_clips(model, [audio[i] for i in sample]) - x[:len(members)][::40]).max())
    presence = fit_presence_readout(model, clips, samples, members, chosen["presence"])
    return {"labels": LABELS, "weights": np.round(head, 7).tolist(), "bias": np.round(bias, 7).tolist(), "temperature": chosen["temperature"],
            "presence": presence, "trainedOn": {"clips": len(members), "examples": len(y), "strength": chosen["strength"]}}, difference


def fit_presence_readout(model, clips, samples, members, chosen: dict) -> dict:
    """Weights and bias with the folds' calibration folded in."""
    settings = CONFIG["presence"]
    x, truth, counts = [], [], []
    for number, known in mixable(clips, members).items():
        count = settings["early_mixtures"] if number == 2 else settings["late_mixtures"] * 4
        mixtures = Mixer(np.random.default_rng(number), clips, samples, known).examples(count)
        x.append(embed_clips(model, [m.samples for m in mixtures]))
        truth += [m.present for m in mixtures]
        counts += [settings["late_weight"] if number == 3 else 1.0] * len(mixtures)
    weights, bias = fit_presence(np.concatenate(x), np.array(truth), chosen["strength"], np.array(counts) / np.mean(counts))
    scale, shift = np.array(chosen["scale"]), np.array(chosen["shift"])
    weights, bias = weights.astype(np.float64), bias.astype(np.float64)
    return {"weights": np.round(weights * scale[:, None], 7).tolist(), "bias": np.round(bias * scale + shift, 7).tolist(),
            "inputNorm": "none", "temperature": 1.0, "trainedOn": {"mixtures": len(truth), "strength": chosen["strength"]}}
