"""Check the product's `voxceleb` with its default head against Python: SpeechBrain's pipeline and the seed project's joblib head.

A random checkpoint of the full size is served from this machine and pulled; then twenty clips are classified by both. Needs the
project built, and Node; nothing is downloaded.
"""
import argparse
import hashlib
import http.server
import json
import os
import shutil
import subprocess
import tempfile
import threading
from functools import partial
from pathlib import Path

import joblib
import numpy as np
import soundfile
import torch

from data.corpus import load_audio, read_manifest
from export.checkpoint import hyperparameters
from model.ecapa import EcapaTdnn, embed

ROOT = Path(__file__).parents[3]
CLIPS = 20
LONGEST = 10 * 16000  # longer recordings are classified by windows


def random_network() -> EcapaTdnn:
    """SpeechBrain's sizes; norms with statistics of their own, so that each of them matters."""
    torch.manual_seed(7)
    model = EcapaTdnn(channels=1024, mfa_channels=3072, stem=(), stem_strides=())
    for module in model.modules():
        if isinstance(module, torch.nn.BatchNorm1d):
            module.running_mean.normal_(0, 0.1)
            module.running_var.uniform_(0.5, 2)
    return model.eval()


def serve(folder: Path) -> str:
    class Quiet(http.server.SimpleHTTPRequestHandler):
        def log_message(self, *_):
            pass

    handler = partial(Quiet, directory=str(folder))
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return f"http://127.0.0.1:{server.server_port}"


def models_folder(work: Path, model: EcapaTdnn) -> Path:
    """A copy of `models/` whose `voxceleb` is the random network, on a hub of this machine."""
    hub = work / "hub/voxceleb"
    hub.mkdir(parents=True)
    torch.save({name: value.contiguous() for name, value in model.state_dict().items()}, hub / "embedding_model.ckpt")
    (hub / "hyperparams.yaml").write_text(hyperparameters(model))
    models = work / "models"
    shutil.copytree(ROOT / "models", models, ignore=shutil.ignore_patterns("recipe"))
    manifest = json.loads((models / "manifest.json").read_text())
    entry = next(one for one in manifest["models"] if one["id"] == "voxceleb")
    files = [{"name": path.name, "bytes": path.stat().st_size, "sha256": hashlib.sha256(path.read_bytes()).hexdigest()} for path in sorted(hub.iterdir())]
    entry["pull"] = {"hub": serve(work / "hub"), "path": "voxceleb", "files": files}
    (models / "manifest.json").write_text(json.dumps(manifest))
    return models


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--shared", type=Path, default=Path("../shared"))
    args = parser.parse_args()
    head = joblib.load(args.shared / "reference/seed/ECAPA_acoustic_domain_classifier.pkl")
    corpus = args.shared / "corpus"
    clips = read_manifest(corpus)
    chosen = clips[::len(clips) // CLIPS][:CLIPS]
    work = Path(tempfile.mkdtemp())
    try:
        audio = load_audio(corpus, chosen, work / "corpus.npy")
        model = random_network()
        for number, samples in enumerate(audio):
            soundfile.write(work / f"{number:02d}.wav", samples[:LONGEST], 16000, subtype="PCM_16")
        env = {**os.environ, "ECAPA_MODELS_DIR": str(models_folder(work, model)), "ECAPA_CACHE_DIR": str(work / "cache")}
        command = ["node", str(ROOT / "packages/cli/bin/ecapa.js")]
        subprocess.run([*command, "models", "pull", "voxceleb"], env=env, check=True, stdout=subprocess.DEVNULL)
        paths = sorted(map(str, work.glob("*.wav")))
        answer = subprocess.run([*command, "classify", "--model", "voxceleb", "--json", *paths], env=env, check=True, capture_output=True, text=True)
        ours = {Path(line["file"]).name: line for line in map(json.loads, answer.stdout.splitlines())}
        worst, differing = 0.0, 0
        for path in paths:
            samples = soundfile.read(path, dtype="float32")[0]
            theirs = head.predict_proba(embed(model, samples)[None])[0]
            mine = ours[Path(path).name]
            worst = max(worst, max(abs(mine["probabilities"][str(n)] - p) for n, p in zip(head.classes_, theirs)))
            differing += mine["label"] != head.classes_[int(np.argmax(theirs))]
        print(f"{len(paths)} clips: probabilities differ by {worst:.1e} at most; {differing} labels differ")
        if differing or worst > 1e-5:
            raise SystemExit("the product differs from SpeechBrain's pipeline and the seed's head")
    finally:
        shutil.rmtree(work)


if __name__ == "__main__":
    main()
