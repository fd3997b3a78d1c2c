"""Score one fold's model on the sources it never met: verdicts under all listening conditions, and presence.

Heads are fitted on the other folds' clips. Derived sources (babble, synthetic) are left out of the score. Writes
logits per clip and condition, and of presence per mixture; `summarise.py` reads them.
"""
import argparse
import pickle
from pathlib import Path

import numpy as np
import torch

from config import CONFIG
from data.corpus import DERIVED, LABELS, assign_folds, load_audio, read_manifest
from evaluate.embeddings import cut, embed_clips, join, load_model, to_float, with_noise
from evaluate.head import balanced_accuracy, fit_whitened
from evaluate.head_set import head_set
from evaluate.mixtures import Mixer, mixable
from evaluate.presence import fit_presence
from evaluate.shape import fit_shape

LENGTHS = [0.5, 1, 2, 5, 10]
SNRS = [20, 10, 5, 0]
STRENGTHS = CONFIG["head"]["strengths"]
NOISE = LABELS.index("noise")


def listening_conditions(rng, clips, audio, tested, full: bool) -> dict[str, list[np.ndarray]]:
    """Name -> waves of the tested clips; without `full`, whole, 0.5 s and 1 s alone."""
    noises = [audio[i] for i in tested if clips[i].label == NOISE]
    out = {"whole": [audio[i] for i in tested]}
    for seconds in LENGTHS if full else LENGTHS[:2]:
        out[f"{seconds} s"] = ([cut(rng, audio[i], seconds) for i in tested] if seconds < 5 else join(clips, audio, tested, seconds))
    for decibels in SNRS if full else []:
        out[f"{decibels} dB"] = [audio[i] if clips[i].label == NOISE else with_noise(rng, audio[i], noises, decibels) for i in tested]
    return out


def embed_conditions(model, conditions, y) -> dict[str, np.ndarray]:
    embedded: dict[str, np.ndarray] = {}
    for name, waves in conditions.items():
        noise_condition = name.endswith("dB")
        rows = np.array([not noise_condition or label != NOISE for label in y])
        out = embedded["whole"].copy() if noise_condition else np.zeros((len(y), model.sizes["dimension"]), np.float32)
        out[rows] = embed_clips(model, [w for w, keep in zip(waves, rows) if keep])
        embedded[name] = out
    return embedded


def presence_logits(model, shape, clips, audio, trained, tested, fold) -> dict:
    """Regressions on mixtures of the sources heard -> logits of mixtures to calibrate with and to score, none of a source heard."""
    settings = CONFIG["presence"]
    x, truth, counts = [], [], []
    for number, members in mixable(clips, trained).items():
        count = settings["early_mixtures"] if number == 2 else settings["late_mixtures"] * 3
        mixtures = Mixer(np.random.default_rng([number, fold]), clips, audio, members).examples(count)
        x.append(shape(embed_clips(model, [m.samples for m in mixtures])))
        truth += [m.present for m in mixtures]
        counts += [settings["late_weight"] if number == 3 else 1.0] * len(mixtures)
    out = {}
    mixtures = {f"round {number}": Mixer(np.random.default_rng([10, number, fold]), clips, audio, members)
                .benchmark(settings["benchmark_each"], settings["benchmark_seconds"]) for number, members in mixable(clips, tested).items()}
    for name, made in mixtures.items():
        out[f"embedding|{name}"] = shape(embed_clips(model, [m.samples for m in made]))
    for strength in settings["strengths"]:
        weights, bias = fit_presence(np.concatenate(x), np.array(truth), strength, np.array(counts) / np.mean(counts))
        for name in mixtures:
            out[f"logits|{strength}|{name}"] = out[f"embedding|{name}"] @ weights.T + bias
    light = {name: [(m.present, m.under_db, m.quieter, m.sources) for m in made] for name, made in mixtures.items()}
    return out | {"mixtures": np.frombuffer(pickle.dumps(light), np.uint8)}


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
    samples = load_audio(args.shared / "corpus", clips, args.bank / "corpus.npy")
    audio = to_float(samples)
    folds = assign_folds(clips)
    trained = [i for i, c in enumerate(clips) if folds[c.source] != fold]
    tested = [i for i, c in enumerate(clips) if folds[c.source] == fold and c.source not in DERIVED]
    x_train, y_train, weights = head_set(model, clips, audio, trained, rng)
    shape = fit_shape(x_train, y_train, weights)
    raw_train = x_train[: len(trained)]
    x_train = shape(x_train)
    results = {"x_train": x_train.astype(np.float16), "y_train": y_train}
    clip_rows = np.zeros((len(clips), x_train.shape[1]), np.float32)
    clip_rows[trained] = shape(raw_train)
    for number in state["new_rounds"]:
        rows = [i for i in tested if clips[i].round == number]
        if not rows:
            continue
        y = np.array([clips[i].label for i in rows])
        embedded = embed_conditions(model, listening_conditions(rng, clips, audio, rows, number == state["new_rounds"][0]), y)
        embedded = {name: shape(x) for name, x in embedded.items()}
        results |= {f"y|{number}": y, f"clip|{number}": np.array(rows)} | {f"embedding|{number}|{n}": x for n, x in embedded.items()}
        clip_rows[rows] = embedded["whole"]
        for strength in STRENGTHS:
            head, bias = fit_whitened(x_train, y_train, strength, weights)
            for name, x in embedded.items():
                results[f"logits|{number}|{strength}|{name}"] = x @ head.T + bias
            whole, second = (balanced_accuracy(y, results[f"logits|{number}|{strength}|{n}"].argmax(1)) for n in ("whole", "1 s"))
            print(f"fold {fold} round {number} C={strength}: whole {whole:.4f}, 1 s {second:.4f}", flush=True)
    # All clips, shaped by what this fold may know: the few-shot tasks take their draws from these.
    results["shaped"] = clip_rows
    results |= {f"presence|{name}": value for name, value in presence_logits(model, shape, clips, samples, trained, [i for i in tested if clips[i].round in state["new_rounds"]], fold).items()}
    np.savez(args.run / "cross_validation.npz", **results)


if __name__ == "__main__":
    main()
