"""Sections of MODEL_CARD.md for the network as it is shipped: measured on round three, which it has not heard. Prints Markdown."""
import argparse
import json
from pathlib import Path

from data.corpus import LABELS
from export.card import percent, presence_table, source_table


def verdict_table(report: dict) -> str:
    lines = ["| Clips (sources) | Method | Balanced accuracy (95 % interval by drawing sources) | " + " | ".join(f"Recall {n}" for n in LABELS) + " |",
             "| --- | --- | --- |" + " ---: |" * len(LABELS)]
    for title, methods in report.items():
        for name, s in methods.items():
            low, high = s["interval"]
            recall = " | ".join(f"{percent(s['recall'][n]['value'])} (of {s['recall'][n]['count']})" for n in LABELS)
            lines.append(f"| {title}: {s['clips']} ({s['sources']}) | {name} | {percent(s['balancedAccuracy'])} ({percent(low)} to {percent(high)}) | {recall} |")
    return "\n".join(lines)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--presence", type=Path, required=True, help="what evaluate/shipped_presence.py wrote")
    parser.add_argument("--verdicts", type=Path, help="what evaluate/shipped_round_three.py wrote")
    parser.add_argument("--corpus", type=Path, help="the corpus: prints the sources of round three, on which the head was fitted")
    args = parser.parse_args()
    presence = json.loads(args.presence.read_text())
    figures, strength = presence["figures"], presence["trainedOn"]["strength"]
    teacher = next(title for title in figures if title.startswith("teacher, rounds 1, 2 and 3"))
    print(presence_table({"ours": figures[f"ours, rounds 1, 2 and 3, C={strength}"],
                          "ours, fitted on rounds one and two alone": figures[f"ours, rounds 1 and 2, C={strength}"],
                          "logistic regressions on YAMNet's scores": figures[teacher],
                          "YAMNet's groups, thresholds tuned on these very mixtures": figures["YAMNet groups, thresholds tuned on these mixtures"]}))
    if args.verdicts:
        print("\n" + verdict_table(json.loads(args.verdicts.read_text())))
    if args.corpus:
        print("\n" + source_table([args.corpus / "round3" / name for name in ("manifest-music.csv", "manifest-noise-speech.csv")]))


if __name__ == "__main__":
    main()
