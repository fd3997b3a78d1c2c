"""Fit presence on the shipped network's embedding and measure it on mixtures of round three, which that network has not heard.

Two ways are compared, both calibrated and scored in folds of round three's sources: regressions fitted on mixtures of
rounds one and two alone, and on these together with the other folds of round three. Yardsticks on the same
mixtures: YAMNet's plain groups, and logistic regressions on its log scores, fitted and calibrated in the same way.
Writes the regressions fitted on everything, with these figures, and with --folds a folder for each fold as
`bench/presence.ts` reads them: a head with presence that has not heard the fold, and the fold's clips. For figures of
verdicts, as timelines have them, --head must not have heard round three either; the shipped one has.
"""
import argparse
import json
from pathlib import Path

import numpy as np
import torch

from config import CONFIG
from data.corpus import DERIVED, FOLDS, LABELS, assign_folds, load_audio, read_manifest
from evaluate.mixtures import Mixer
from evaluate.presence import figures, fit_presence, platt, sigmoid
from evaluate.shipped import ShippedNetwork
from evaluate.yardstick import group, scores
from model.yamnet import Yamnet


def cache(path: Path, make):
    if not path.exists():
        np.savez(path.with_suffix(".part.npz"), **make())
        path.with_suffix(".part.npz").rename(path)
    return dict(np.load(path))


def features(network, teacher, mixtures, path: Path):
    def make():
        waves = [m.samples for m in mixtures]
        mean, logs, _ = scores(teacher, waves)
        return {"ours": network.embed(waves), "groups": group(mean), "teacher": logs}
    return cache(path, make)


def readout(weights: np.ndarray, bias: np.ndarray) -> dict:
    """As in a head file: sigmoid((weights . embedding + bias) / temperature), each class by itself."""
    return {"inputNorm": "none", "temperature": 1, "bias": np.round(bias.astype(np.float64), 7).tolist(),
            "weights": np.round(weights.astype(np.float64), 7).tolist()}


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--shared", type=Path, default=Path("../shared"))
    parser.add_argument("--bank", type=Path, required=True)
    parser.add_argument("--model", type=Path, default=Path(__file__).parents[2] / "ecapa-compact/model.onnx")
    parser.add_argument("--head", type=Path, default=Path(__file__).parents[2] / "speech-music-noise.json")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--folds", type=Path)
    args = parser.parse_args()
    settings = CONFIG["presence"]
    torch.set_num_threads(1)
    clips = read_manifest(args.shared / "corpus")
    audio = load_audio(args.shared / "corpus", clips, args.bank / "corpus.npy")
    folds = assign_folds(clips)
    network, teacher = ShippedNetwork(args.model), Yamnet(args.shared / "peers/yamnet.tflite")
    work = args.bank / "presence"
    work.mkdir(exist_ok=True)

    def mixer(seed, chosen):
        members = [i for i, c in enumerate(clips) if c.source not in DERIVED and c.trust == 1 and chosen(c)]
        return Mixer(np.random.default_rng(seed), clips, audio, members)

    early = mixer(1, lambda c: c.round == 2).examples(settings["early_mixtures"])
    late, scored = [], []
    for fold in range(FOLDS):
        def inside(c):
            return c.round == 3 and folds[c.source] == fold
        late.append(mixer(100 + fold, inside).examples(settings["late_mixtures"]))
        scored.append(mixer(200 + fold, inside).benchmark(settings["benchmark_each"], settings["benchmark_seconds"]))
    x_early = features(network, teacher, early, work / "early.npz")
    x_late = [features(network, teacher, late[k], work / f"late{k}.npz") for k in range(FOLDS)]
    x_scored = [features(network, teacher, scored[k], work / f"scored{k}.npz") for k in range(FOLDS)]
    truth_early = np.array([m.present for m in early])
    truth_late = [np.array([m.present for m in late[k]]) for k in range(FOLDS)]
    everything = [m for fold in scored for m in fold]

    def fitted(name, strength, fit_folds, with_late):
        """Regressions on rounds one and two and, with `with_late`, on folds of round three."""
        x = np.concatenate([x_early[name], *([x_late[k][name] for k in fit_folds] if with_late else [])])
        y = np.concatenate([truth_early, *([truth_late[k] for k in fit_folds] if with_late else [])])
        counts = np.where(np.arange(len(y)) < len(early), 1, settings["late_weight"])
        centre, scale = x.mean(0), 1 / (x.std(0) + 1e-6)
        weights, bias = fit_presence((x - centre) * scale, y, strength, counts / counts.mean())
        return weights * scale, bias - (weights * scale) @ centre

    def calibrated(name, strength, known, with_late):
        """Fitted on folds `known`; scale and shift from mixtures of `known` folds that each part's regression has not heard."""
        logits, truth = [], []
        for k in known:
            w, b = fitted(name, strength, [j for j in known if j != k], with_late)
            logits.append(x_late[k][name] @ w.T + b)
            truth.append(truth_late[k])
        scale, shift = platt(np.concatenate(logits), np.concatenate(truth))
        w, b = fitted(name, strength, known, with_late)
        return w * scale[:, None], b * scale + shift

    report = {"YAMNet groups": figures(np.concatenate([x["groups"] for x in x_scored]), everything)}
    tuned = report["YAMNet groups"]["bestThresholds"]
    report["YAMNet groups, thresholds tuned on these mixtures"] = figures(np.concatenate([x["groups"] for x in x_scored]), everything, tuned)
    ways = [("ours", strength, with_late) for with_late in (False, True) for strength in settings["strengths"]]
    ways += [("teacher", strength, True) for strength in settings["teacher_strengths"]]
    for name, strength, with_late in ways:
        probability = []
        for k in range(FOLDS):
            w, b = calibrated(name, strength, [j for j in range(FOLDS) if j != k], with_late)
            probability.append(sigmoid(x_scored[k][name] @ w.T + b))
        title = f"{name}, rounds {'1, 2 and 3' if with_late else '1 and 2'}, C={strength}"
        report[title] = figures(np.concatenate(probability), everything)
        r = report[title]
        print(f"{title}: macro F1 {r['macroF1']:.4f} {r['macroF1Interval']} mAP {r['meanAveragePrecision']:.4f} heard "
              f"{ {k: round(v['value'], 3) for k, v in r['quieterHeard'].items()} } alone {r['aloneHeardAlone']['value']:.3f} "
              f"no second {r['aloneNoSecondClass']['value']:.3f} ece {np.round(list(r['calibrationError'].values()), 3)}", flush=True)
    best = max(((report[f"ours, rounds 1, 2 and 3, C={s}"]["meanAveragePrecision"], s) for s in settings["strengths"]))[1]
    for fold in range(FOLDS) if args.folds else []:
        folder = args.folds / f"fold{fold}"
        folder.mkdir(parents=True, exist_ok=True)
        shipped = json.loads(args.head.read_text())
        verdict = {name: shipped[name] for name in ("labels", "weights", "bias", "temperature")}
        presence = readout(*calibrated("ours", best, [k for k in range(FOLDS) if k != fold], True))
        (folder / "head.json").write_text(json.dumps({**verdict, "presence": presence}))
        new = [c for c in clips if c.round == 3 and c.trust == 1 and folds[c.source] == fold]
        (folder / "held_out.json").write_text(json.dumps({
            "fold": fold, "clips": [{"path": c.path, "label": LABELS[c.label], "source": c.source} for c in new]}))
    args.out.write_text(json.dumps({
        "labels": LABELS, "presence": readout(*calibrated("ours", best, list(range(FOLDS)), True)),
        "trainedOn": {"mixtures": len(early) + sum(map(len, late)), "strength": best}, "figures": report}, indent=1))


if __name__ == "__main__":
    main()
