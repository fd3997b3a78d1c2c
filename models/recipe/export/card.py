"""Write MODEL_CARD.md: measured tables between fixed paragraphs."""
import argparse
import csv
import json
from pathlib import Path

from config import CONFIG
from data.corpus import LABELS


def percent(value: float) -> str:
    return f"{100 * value:.1f}"


def source_table(manifests: list[Path]) -> str:
    rows: dict[tuple[str, str], list] = {}
    for path in filter(Path.exists, manifests):
        with open(path, newline="") as file:
            for row in csv.DictReader(file):
                entry = rows.setdefault((row["source"], row["licence"]), [0, 0.0, set()])
                entry[0] += 1
                entry[1] += float(row["seconds"])
                entry[2].add(row.get("class") or "unlabelled")
    lines = ["| Source | Classes | Clips | Seconds | Licence as stated there |", "|---|---|---:|---:|---|"]
    for (source, licence), (clips, seconds, classes) in sorted(rows.items(), key=lambda r: r[0]):
        lines.append(f"| {source} | {', '.join(sorted(classes))} | {clips} | {seconds:.0f} | {licence} |")
    return "\n".join(lines)


def result_tables(m: dict) -> str:
    low, high = m["balancedAccuracyInterval"]
    out = [f"Whole clips, {m['clips']} clips of {m['sources']} held-out sources: balanced accuracy "
           f"**{percent(m['balancedAccuracy'])} %** (95 % interval by drawing sources: {percent(low)} to {percent(high)}). "
           f"Expected calibration error {m['calibrationError']:.3f} (15 bins; each fold's temperature from the other folds).", "",
           "| Class | Clips | Recall | Wilson 95 % | heard as " + " | heard as ".join(LABELS) + " |",
           "|---|---:|---:|---|" + "---:|" * 3]
    for label, row in zip(LABELS, m["confusion"]["rows"]):
        r = m["recall"][label]
        out.append(f"| {label} | {r['count']} | {percent(r['value'])} | {percent(r['wilson'][0])} to {percent(r['wilson'][1])} | "
                   + " | ".join(map(str, row)) + " |")
    out += ["", "| Fold | Balanced accuracy | " + " | ".join(f"Recall {n}" for n in LABELS) + " |", "|---|---:|" + "---:|" * 3]
    for number, fold in enumerate(m["perFold"]):
        out.append(f"| {number} | {percent(fold['balancedAccuracy'])} | " + " | ".join(map(percent, fold["recall"])) + " |")
    out += ["", "| Condition | Balanced accuracy | " + " | ".join(f"Recall {n}" for n in LABELS) + " |", "|---|---:|" + "---:|" * 3]
    for name, c in m["conditions"].items():
        cells = [percent(c["recall"][n]) if n in c["recall"] else "-" for n in LABELS]
        title = f"{name} of audio" if name.endswith(" s") else f"noise at {name} SNR (speech and music only)"
        out.append(f"| {title} | {percent(c['balancedAccuracy'])} | " + " | ".join(cells) + " |")
    return "\n".join(out)


def rejection_tables(m: dict) -> str:
    out = ["| Answer only above probability | Coverage | Clips answered | Wrong | Error | Wilson 95 % |", "|---:|---:|---:|---:|---:|---|"]
    for r in m["riskCoverage"]:
        low, high = r["riskWilson"]
        out.append(f"| {r['threshold']:.2f} | {percent(r['coverage'])} % | {r['kept']} | {r['wrong']} | {percent(r['risk'])} % | "
                   f"{percent(low)} to {percent(high)} % |")
    out += ["", "| Doubt score | AUROC for errors | Error at 95 % coverage | at 90 % |", "|---|---:|---:|---:|"]
    for name, d in m["doubtScores"].items():
        out.append(f"| {name} | {d['auroc']:.3f} | {percent(d['riskAt95'])} % | {percent(d['riskAt90'])} % |")
    return "\n".join(out)


def few_shot_table(f: dict) -> str:
    methods = ["ours", "YAMNet scores", "MFCC", "random ECAPA"]
    out = ["| Task | Draws | Test clips (median) | " + " | ".join(methods) + " |", "|---|---:|---:|" + "---|" * len(methods)]
    for task, r in f.items():
        if r["draws"] == 0:
            continue
        cells = [f"{percent(r[m]['mean'])} ({percent(r[m]['p5'])})" for m in methods]
        out.append(f"| {task} | {r['draws']} | {r['medianTestClips']:.0f} | " + " | ".join(cells) + " |")
    return "\n".join(out)


def interval(share: dict) -> str:
    low, high = share["wilson"]
    return f"{percent(share['value'])} ({share['hits']} of {share['count']}; {percent(low)} to {percent(high)})"


def presence_table(reports: dict[str, dict]) -> str:
    """Title of a method or set of mixtures -> its figures (`evaluate.presence.figures`), a column each."""
    titles = list(reports)
    rows: list[tuple[str, list[str]]] = [
        ("mixtures (sources)", [f"{r['mixtures']} ({r['sources']})" for r in reports.values()]),
        ("macro F1 at 0.5 (95 % interval by drawing sources)", [f"**{r['macroF1']:.3f}** ({r['macroF1Interval'][0]:.3f} to {r['macroF1Interval'][1]:.3f})" for r in reports.values()]),
        ("F1 " + ", ".join(LABELS), [", ".join(f"{r['f1'][n]:.3f}" for n in LABELS) for r in reports.values()]),
        ("macro F1 at the best thresholds of these mixtures", [f"{r['macroF1AtBestThresholds']:.3f}" for r in reports.values()]),
        ("mean average precision", [f"{r['meanAveragePrecision']:.3f}" for r in reports.values()])]
    for level in next(iter(reports.values()))["quieterHeard"]:
        rows.append((f"quieter class heard, {level} under the other, %", [interval(r["quieterHeard"][level]) for r in reports.values()]))
    rows += [("one class alone: it and no other called, %", [interval(r["aloneHeardAlone"]) for r in reports.values()]),
             ("one class alone: no second one called, %", [interval(r["aloneNoSecondClass"]) for r in reports.values()]),
             ("calibration error " + ", ".join(LABELS), [", ".join(f"{r['calibrationError'][n]:.3f}" for n in LABELS) for r in reports.values()])]
    lines = ["| | " + " | ".join(titles) + " |", "| --- |" + " ---: |" * len(titles)]
    return "\n".join(lines + [f"| {name} | " + " | ".join(cells) + " |" for name, cells in rows])


def round_three(m: dict, t: dict) -> str:
    """The hard sounds: held-out sources of round three, beside the teacher."""
    if "roundThree" not in m:
        return "The corpus has no round three."
    r = m["roundThree"]
    low, high = r["balancedAccuracyInterval"]
    lines = [f"{r['clips']} clips of {r['sources']} sources of round three, each held out in its fold: balanced accuracy **{percent(r['balancedAccuracy'])} %** "
             f"({percent(low)} to {percent(high)}), 1 s {percent(r['conditions']['1 s']['balancedAccuracy'])} %. YAMNet's plain groups: "
             f"{percent(t['round three, groups']['balancedAccuracy'])} %; a logistic head on its scores: {percent(t['round three']['balancedAccuracy'])} %.", "",
             "| Class | Clips | Recall | Wilson 95 % |", "| --- | ---: | ---: | --- |"]
    return "\n".join(lines + [f"| {n} | {v['count']} | {percent(v['value'])} | {percent(v['wilson'][0])} to {percent(v['wilson'][1])} |" for n, v in r["recall"].items()])


def training_table(runs: Path) -> str:
    rows = ["| Network | Folds heard | Started from | Steps | Batch | Hours of audio | Minutes | Processor minutes | Seed |",
            "|---|---|---|---:|---:|---:|---:|---:|---:|"]
    for name in CONFIG["training"]["runs"]:
        summary = runs / name / "training.json"
        if not summary.exists():
            continue
        t = json.loads(summary.read_text())
        rows.append(f"| {name} | {', '.join(map(str, t['heard'])) or 'none'} | {t.get('initial', 'nothing')} | {t['steps']} | {t['batch']} | "
                    f"{t['audioMinutes'] / 60:.1f} | {t['wallMinutes']:.0f} | {t['processorMinutes']:.0f} | {t['seed']} |")
    return "\n".join([*rows, "", f"PyTorch {t['torch']}, {t['precision']}; {t['shards']} shards of {CONFIG['bank']['shard_clips']} clips in the bank."])


def teacher_line(t: dict) -> str:
    head = t["rounds one and two"]
    recall = ", ".join(f"{name} {percent(value)}" for name, value in head["recall"].items())
    return (f"The yardstick, a logistic head on YAMNet's own 521 scores fitted and tested on the same folds and clips: balanced "
            f"accuracy {percent(head['balancedAccuracy'])} % (recall {recall}; folds {', '.join(map(percent, head['perFold']))}).")


def failures(m: dict) -> str:
    worst = sorted(((s["correct"] / s["clips"], name, s) for name, s in m["bySource"].items() if s["clips"] >= 5))[:10]
    return "\n".join(f"- {name}: {s['correct']} of {s['clips']} right" for _, name, s in worst)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--shared", type=Path, default=Path("../shared"))
    parser.add_argument("--bank", type=Path, required=True)
    parser.add_argument("--text", type=Path, default=Path(__file__).with_name("card.md"))
    parser.add_argument("--out", type=Path, required=True)
    args = parser.parse_args()
    metrics = json.loads((args.bank / "metrics.json").read_text())
    card = args.text.read_text()
    parts = {"RESULTS": result_tables(metrics), "REJECTION": rejection_tables(metrics), "FAILURES": failures(metrics),
             "FEW_SHOT": few_shot_table(json.loads((args.bank / "few_shot.json").read_text())),
             "SOURCES": source_table([args.shared / "corpus/train/manifest.csv", *sorted((args.shared / "corpus/round3").glob("manifest-*.csv"))])}
    parts["TRAINING"] = training_table(args.bank / "runs")
    teacher = json.loads((args.bank / "teacher_head.json").read_text())
    parts["TEACHER"], parts["ROUND_THREE"] = teacher_line(teacher), round_three(metrics, teacher)
    names = {"round 2": "rounds one and two", "round 3": "round three"}
    parts["PRESENCE"] = presence_table({names[n]: r for n, r in metrics["presence"]["rounds"].items()})
    for name, text in parts.items():
        card = card.replace(f"<!-- {name} -->", text)
    args.out.write_text(card)


if __name__ == "__main__":
    main()
