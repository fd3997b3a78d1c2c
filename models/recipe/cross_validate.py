"""Score one fold's model on the sources it never met, under all listening conditions.

The head is fitted on the other folds' clips, whole and degraded; derived sources (babble, synthetic)
are left out of the score. Writes logits per clip and condition; `summarise.py` reads them.
"""
import argparse
from pathlib import Path

import numpy as np
import torch

from corpus import DERIVED, LABELS, assign_folds, load_audio, read_manifest
from embeddings import cut, degraded_versions, embed_clips, join, load_model, to_float, with_noise
from head import balanced_accuracy, fit_whitened
from shape import fit_shape

LENGTHS = [0.5, 1, 2, 5, 10]
SNRS = [20, 10, 5, 0]
# What a cut or degraded clip counts beside a whole one: more of it helps at 0 dB and half a second, less with whole clips.
SPOILT_WEIGHT = 0.15
STRENGTHS = [1e-05, 0.0001, 0.001, 0.01, 0.1]


def head_set(model, clips, audio, members, rng):
    """Embeddings, labels and weights of whole, cut and degraded clips; every source counts the same.

    The first third of the rows are the whole clips, in the order of `members`.
    """
    chosen = [audio[i] for i in members]
    crops = [cut(rng, samples, rng.uniform(0.6, 1.6)) for samples in chosen]
    x = np.concatenate([embed_clips(model, waves) for waves in (chosen, crops, degraded_versions(rng, chosen))])
    y = np.array([clips[i].label for i in members])
    names, inverse, counts = np.unique([f"{clips[i].source}|{clips[i].label}" for i in members],
                                       return_inverse=True, return_counts=True)
    weights = 1 / counts[inverse]
    weights = np.concatenate([weights, weights * SPOILT_WEIGHT, weights * SPOILT_WEIGHT])
    return x, np.tile(y, 3), weights / weights.mean()


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--shared", type=Path, default=Path("../shared"))
    parser.add_argument("--bank", type=Path, required=True)
    parser.add_argument("--run", type=Path, required=True, help="folder with checkpoint.pt of a fold's training")
    parser.add_argument("--seed", type=int, default=3)
    args = parser.parse_args()
    torch.set_num_threads(1)
    rng = np.random.default_rng(args.seed)
    model, state = load_model(args.run / "checkpoint.pt")
    fold = state["held_out"]
    clips = read_manifest(args.shared / "corpus")
    audio = to_float(load_audio(args.shared / "corpus", clips, args.bank / "corpus.npz"))
    folds = assign_folds(clips)
    trained = [i for i, c in enumerate(clips) if folds[c.source] != fold]
    tested = [i for i, c in enumerate(clips) if folds[c.source] == fold and c.source not in DERIVED]
    y = np.array([clips[i].label for i in tested])
    x_train, y_train, weights = head_set(model, clips, audio, trained, rng)
    shape = fit_shape(x_train, y_train, weights)
    raw_train = x_train[: len(trained)]
    x_train = shape(x_train)

    noises = [audio[i] for i in tested if clips[i].label == LABELS.index("noise")]
    conditions = {"whole": [audio[i] for i in tested]}
    for seconds in LENGTHS:
        if seconds < 5:
            conditions[f"{seconds} s"] = [cut(rng, audio[i], seconds) for i in tested]
        else:
            conditions[f"{seconds} s"] = join(clips, audio, tested, seconds)
    for decibels in SNRS:
        conditions[f"{decibels} dB"] = [audio[i] if clips[i].label == LABELS.index("noise")
                                        else with_noise(rng, audio[i], noises, decibels) for i in tested]
    embedded = {}
    for name, waves in conditions.items():
        noise_condition = name.endswith("dB")
        rows = np.array([not noise_condition or label != LABELS.index("noise") for label in y])
        out = embedded["whole"].copy() if noise_condition else np.zeros((len(y), x_train.shape[1]), np.float32)
        out[rows] = embed_clips(model, [w for w, keep in zip(waves, rows) if keep])
        embedded[name] = out
    results = {"y": y, "clip": np.array(tested), "x_train": x_train.astype(np.float16), "y_train": y_train}
    embedded = {name: shape(x) for name, x in embedded.items()}
    for strength in STRENGTHS:
        head, bias = fit_whitened(x_train, y_train, strength, weights)
        for name, x in embedded.items():
            results[f"logits|{strength}|{name}"] = x @ head.T + bias
        whole, second = (balanced_accuracy(y, results[f"logits|{strength}|{n}"].argmax(1)) for n in ("whole", "1 s"))
        print(f"fold {fold} C={strength}: whole {whole:.4f}, 1 s {second:.4f}", flush=True)
    for name, x in embedded.items():
        results[f"embedding|{name}"] = x
    # All clips, shaped by what this fold may know: the few-shot tasks take their draws from these.
    clip_rows = np.zeros((len(clips), x_train.shape[1]), np.float32)
    clip_rows[trained], clip_rows[tested] = shape(raw_train), embedded["whole"]
    results["shaped"] = clip_rows
    np.savez(args.run / "cross_validation.npz", **results)


if __name__ == "__main__":
    main()
