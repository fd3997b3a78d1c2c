"""Write MODEL_CARD.md: measured tables between fixed paragraphs."""
import argparse
import csv
import json
from pathlib import Path

from corpus import LABELS


def percent(value: float) -> str:
    return f"{100 * value:.1f}"


def source_table(corpus: Path) -> str:
    rows: dict[tuple[str, str], list] = {}
    with open(corpus / "train/manifest.csv", newline="") as file:
        for row in csv.DictReader(file):
            entry = rows.setdefault((row["source"], row["licence"]), [0, 0.0, set()])
            entry[0] += 1
            entry[1] += float(row["seconds"])
            entry[2].add(row["class"])
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


def training_table(runs: Path) -> str:
    rows = ["| Network | Folds heard | Started from | Steps | Batch | Hours of audio | Minutes | Processor minutes | Seed |",
            "|---|---|---|---:|---:|---:|---:|---:|---:|"]
    for name in ("root", "branch01 (first part)", "branch23 (first part)", "branch01 (second part)", "branch23 (second part)",
                 "branch01", "branch23", "fold0", "fold1", "fold2", "fold3", "final"):
        summary = runs / name / "training.json"
        if not summary.exists():  # only a training that went on later has parts
            continue
        t = json.loads(summary.read_text())
        rows.append(f"| {name} | {', '.join(map(str, t['heard'])) or 'none'} | {t['initial'] or 'nothing'} | {t['steps']} | {t['batch']} | "
                    f"{t['audioMinutes'] / 60:.1f} | {t['minutes']:.0f} | {t['processorMinutes']:.0f} | {t['seed']} |")
    return "\n".join([*rows, "", f"PyTorch {t['torch']}; {t['shards']} shards of 500 clips in the bank."])


def teacher_line(t: dict) -> str:
    recall = ", ".join(f"{name} {percent(value)}" for name, value in t["recall"].items())
    return (f"The yardstick, a logistic head on YAMNet's own 521 scores fitted and tested on the same folds and clips: balanced "
            f"accuracy {percent(t['balancedAccuracy'])} % (recall {recall}; folds {', '.join(map(percent, t['perFold']))}).")


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
             "SOURCES": source_table(args.shared / "corpus")}
    parts["TRAINING"] = training_table(args.bank / "runs")
    parts["TEACHER"] = teacher_line(json.loads((args.bank / "teacher_head.json").read_text()))
    for name, text in parts.items():
        card = card.replace(f"<!-- {name} -->", text)
    args.out.write_text(card)


if __name__ == "__main__":
    main()
