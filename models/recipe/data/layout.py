"""Build the corpus layout from a manifest of your own audio.

  python -m data.layout --manifest clips.csv --audio FOLDER --out CORPUS

`clips.csv` has a row for each recording: path (below FOLDER, anything ffmpeg reads), class (music, noise or speech; empty:
unlabelled), source (who recorded it or where it is from: what is held out together), licence, and optionally original_path and
note. Every recording is cut into clips of a few seconds, its silent stretches left out, at 16 kHz mono in Ogg Opus, below
CORPUS/train, or CORPUS/round3/unlabelled for rows without a class, with manifests as the other steps read them. With --teacher
the unlabelled clips get the group scores that tell where the teacher is sure.
"""
import argparse
import csv
import hashlib
import re
import subprocess
from pathlib import Path

import numpy as np

from data.corpus import LABELS, SAMPLE_RATE

LONGEST, SHORTEST = 6.0, 0.5  # seconds of a clip
QUIET_DB = -60.0  # RMS under which a clip is left out
MOST_CLIPS = 6  # of one recording, spread over it
COLUMNS = ["path", "class", "source", "original_path", "licence", "seconds", "rms_dbfs", "note"]
TEACHER_COLUMNS = [f"yamnet_{name}" for name in LABELS]


def decode(path: Path) -> np.ndarray:
    command = ["ffmpeg", "-v", "error", "-nostdin", "-i", f"file:{path}", "-f", "f32le", "-ac", "1", "-ar", str(SAMPLE_RATE), "-"]
    return np.frombuffer(subprocess.run(command, capture_output=True, check=True).stdout, "<f4")


def encode(samples: np.ndarray, path: Path):
    path.parent.mkdir(parents=True, exist_ok=True)
    command = ["ffmpeg", "-v", "error", "-y", "-f", "f32le", "-ac", "1", "-ar", str(SAMPLE_RATE), "-i", "-", "-c:a", "libopus", "-b:a", "64k", str(path)]
    subprocess.run(command, input=samples.astype("<f4").tobytes(), check=True)


def decibels(samples: np.ndarray) -> float:
    return float(10 * np.log10((samples.astype(np.float64) ** 2).mean() + 1e-12))


def cuts(samples: np.ndarray) -> list[np.ndarray]:
    """Stretches of at most LONGEST seconds, evenly spread, none of them silent."""
    length = int(LONGEST * SAMPLE_RATE)
    count = max(1, min(MOST_CLIPS, len(samples) // length))
    starts = np.linspace(0, max(0, len(samples) - length), count).astype(int)
    pieces = [samples[start:start + length] for start in starts]
    return [piece for piece in pieces if len(piece) >= SHORTEST * SAMPLE_RATE and decibels(piece) > QUIET_DB]


def clip_name(source: str, original: str, number: int) -> str:
    """Readable, unique for a recording: words of source and path, a hash, the number of the clip."""
    words = re.sub(r"[^A-Za-z0-9]+", "_", f"{source}__{Path(original).with_suffix('')}")[:100]
    return f"{words}_{hashlib.sha256(f'{source}/{original}'.encode()).hexdigest()[:8]}__{number:02d}.opus"


def group_scores(samples: np.ndarray, teacher) -> dict[str, float]:
    from evaluate.yardstick import group, scores
    return dict(zip(TEACHER_COLUMNS, np.round(group(scores(teacher, [samples])[0])[0], 2)))


def write_manifest(path: Path, rows: list[dict], columns: list[str]):
    path.parent.mkdir(parents=True, exist_ok=True)
    with open(path, "w", newline="") as file:
        writer = csv.DictWriter(file, columns, restval="", extrasaction="ignore")
        writer.writeheader()
        writer.writerows(rows)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--manifest", type=Path, required=True)
    parser.add_argument("--audio", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--teacher", type=Path, help="yamnet.tflite, for the scores of unlabelled clips")
    args = parser.parse_args()
    teacher = None
    if args.teacher:
        from model.yamnet import Yamnet
        teacher = Yamnet(args.teacher)
    labelled, unlabelled = [], []
    with open(args.manifest, newline="") as file:
        rows = list(csv.DictReader(file))
    for line, row in enumerate(rows, start=2):
        label = (row.get("class") or "").strip()
        if label and label not in LABELS:
            raise SystemExit(f"{args.manifest}, line {line}: class is {label!r}; expected one of {', '.join(LABELS)}, or nothing for unlabelled audio")
        if not label and teacher is None:
            raise SystemExit(f"{args.manifest}, line {line}: unlabelled audio needs --teacher yamnet.tflite")
        original = row.get("original_path") or row["path"]
        for number, samples in enumerate(cuts(decode(args.audio / row["path"]))):
            name = f"{label or 'unlabelled'}/{clip_name(row['source'], original, number)}"
            encode(samples, args.out / ("train" if label else "round3") / name)
            clip = {**row, "path": name, "original_path": original, "seconds": f"{len(samples) / SAMPLE_RATE:.2f}", "rms_dbfs": f"{decibels(samples):.1f}"}
            if label:
                labelled.append(clip)
            else:
                unlabelled.append(clip | group_scores(samples, teacher))
    write_manifest(args.out / "train/manifest.csv", labelled, COLUMNS)
    if unlabelled:
        write_manifest(args.out / "round3/manifest-unlabelled.csv", unlabelled, [c for c in COLUMNS if c != "class"] + TEACHER_COLUMNS)
    print(f"{len(labelled)} labelled and {len(unlabelled)} unlabelled clips of {len({r['source'] for r in rows})} sources in {args.out}")


if __name__ == "__main__":
    main()
