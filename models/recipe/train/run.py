"""Train the student: a compact ECAPA-TDNN taught by YAMNet, by what was mixed and by recordings.

A run of the config starts from an earlier run, from the shipped network (`initial = "shipped"`) or from nothing, hears the
folds it names, and ends after its minutes of processor time.
"""
import argparse
import copy
import json
import math
import time
from pathlib import Path

import numpy as np
import torch
from torch import nn

from config import CONFIG
from data.bank import Bank, target_statistics
from data.corpus import FOLDS, assign_folds, read_manifest, read_unlabelled
from model.ecapa import EcapaTdnn
from train.objective import Pupil, total
from train.teacher_head import judge

TRAINING = CONFIG["training"]
SHIPPED = Path(__file__).parents[2] / "ecapa-compact/model.onnx"


@torch.no_grad()
def average(mean: nn.Module, model: nn.Module, decay: float):
    for target, value in zip(mean.state_dict().values(), model.state_dict().values(), strict=True):
        if value.is_floating_point():
            target.lerp_(value, 1 - decay)
        else:
            target.copy_(value)


def new_optimiser(pupil: Pupil) -> torch.optim.AdamW:
    learnt = [p for p in pupil.parameters() if p.requires_grad]
    decayed = [p for p in learnt if p.ndim > 1]
    plain = [p for p in learnt if p.ndim <= 1]
    return torch.optim.AdamW([{"params": decayed, "weight_decay": TRAINING["weight_decay"]}, {"params": plain, "weight_decay": 0.0}],
                             lr=TRAINING["rate"], betas=tuple(TRAINING["betas"]))


def shipped_network(bank: Bank) -> EcapaTdnn:
    """As it is shipped, with norms that have the statistics of the bank's features."""
    from model.from_onnx import load_onnx, recalibrate
    shipped = load_onnx(SHIPPED)
    batches = [bank.batch_of()["features"] for _ in range(40)]
    lengths = {batch.shape[1] for batch in batches}
    length = max(lengths, key=lambda frames: sum(len(b) for b in batches if b.shape[1] == frames))
    recalibrate(shipped, torch.cat([b for b in batches if b.shape[1] == length]))
    return shipped.eval()


def with_trunk_of(other: EcapaTdnn, sizes: dict) -> EcapaTdnn:
    """A new network behind the stem and the blocks of another, which stay as they are to the last bit."""
    model = EcapaTdnn(**sizes)
    trunk = {name: value for name, value in other.state_dict().items() if name.startswith(("stem.", "blocks."))}
    model.load_state_dict({**model.state_dict(), **trunk})
    for part in model.trunk():
        part.eval().requires_grad_(False)
    return model


def schedule(progress: float, step: int, rates: list[float], warm_up: int) -> float:
    first, last = rates
    return min(1, (step + 1) / warm_up) * (last + (first - last) * 0.5 * (1 + math.cos(math.pi * min(1, progress))))


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--shared", type=Path, default=Path("../shared"))
    parser.add_argument("--bank", type=Path, required=True)
    parser.add_argument("--run", required=True, help="name in [training.runs] of the config")
    parser.add_argument("--minutes", type=float, help="processor minutes instead of the config's")
    args = parser.parse_args()
    run = TRAINING["runs"][args.run]
    minutes = args.minutes or run["minutes"]
    out = args.bank / "runs" / args.run
    torch.set_num_threads(1)
    torch.manual_seed(run["seed"])
    out.mkdir(parents=True, exist_ok=True)

    clips = read_manifest(args.shared / "corpus")
    everything = clips + read_unlabelled(args.shared / "corpus")
    names = sorted({(c.source, c.original) for c in everything})
    index = {name: i for i, name in enumerate(names)}
    recordings = torch.tensor([index[c.source, c.original] for c in everything] + [-1])
    shares = dict(zip(run["folds"], run.get("shares", [1.0] * len(run["folds"])), strict=True))
    bank = Bank(args.bank / "shards", shares, run["batch"], np.random.default_rng(run["seed"]))
    statistics = target_statistics(bank)
    predecessor = shipped_network(bank) if run.get("initial") == "shipped" else None
    sizes = {**CONFIG["network"], **run.get("network", {})}
    pupil = Pupil(EcapaTdnn(**sizes) if predecessor is None else with_trunk_of(predecessor, sizes), statistics, len(names))
    optimiser = new_optimiser(pupil)
    heard = set(run["folds"]) - {-1}
    # Rounds whose held-out folds no network of this line has heard; the shipped one has heard rounds one and two whole.
    new_rounds = [3] if run.get("initial") == "shipped" else [2, 3]
    if run.get("initial") not in (None, "shipped"):
        start = torch.load(args.bank / "runs" / run["initial"] / "checkpoint.pt", weights_only=True)
        heard |= set(start["heard"])
        new_rounds = start["new_rounds"]
        pupil.load_state_dict(start["pupil"])
        pupil.restate(statistics)
        optimiser.load_state_dict({**optimiser.state_dict(), "state": start["optimiser"]})
    folds = assign_folds(clips)
    known = np.array([folds[clip.source] in heard for clip in clips])
    head = judge(args.shared, args.bank, clips, known) if heard else None
    left = sorted(set(range(FOLDS)) - heard)
    mean = copy.deepcopy(pupil.model).eval()
    # Twice as fast where the processor has it, and ten times slower where it does not. The student's weights stay float32.
    reduced = torch.cpu._is_avx512_bf16_supported()
    running: dict[str, float] = {}
    began = saved = time.time()
    spent = time.process_time()
    step, seconds, progress = 0, 0.0, 0.0
    while progress < 1:
        progress = (time.process_time() - spent) / 60 / minutes
        rate = schedule(progress, step, run["rates"], TRAINING["warm_up_steps"])
        for group in optimiser.param_groups:
            group["lr"] = TRAINING["rate"] * rate
        batch = bank.batch_of()
        # The end of a leaf takes as many frames as the finished model will.
        is_end = progress > 0.85 and run["rates"][1] < 0.1
        is_sparse = math.prod(pupil.model.sizes["stem_strides"]) > 2
        frame_step = 2 if batch["features"].shape[1] >= 98 and not is_end and not is_sparse else 1
        with torch.autocast("cpu", dtype=torch.bfloat16, enabled=reduced):
            frames = pupil.model.frames(batch["features"])
            embedding = pupil.model.pool(frames, frame_step)
        before = None
        if predecessor is not None:
            with torch.no_grad():
                before = predecessor.pool(frames)
        clip = batch["clip"]
        recording = recordings[torch.where(clip >= 0, clip, len(everything))]
        losses = pupil.losses(batch, embedding.float(), recording, head, before)
        loss = total(losses)
        optimiser.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(pupil.parameters(), TRAINING["gradient_norm"])
        optimiser.step()
        average(mean, pupil.model, min(TRAINING["averaging"], step / (step + 20)))
        for name, value in losses.items():
            running[name] = 0.98 * running.get(name, value.item()) + 0.02 * value.item()
        seconds += batch["features"].shape[0] * batch["features"].shape[1] / 100
        step += 1
        if step % 100 == 0:
            print(f"{time.time() - began:.0f} s, {(time.process_time() - spent):.0f} processor s, step {step} ({progress:.0%}) "
                  + " ".join(f"{k}={v:.3f}" for k, v in running.items()), flush=True)
        if progress >= 1 or time.time() - saved > 120:
            saved = time.time()
            state = {"sizes": mean.sizes, "model": mean.state_dict(), "pupil": pupil.state_dict(), "step": step,
                     "optimiser": optimiser.state_dict()["state"], "heard": sorted(heard), "new_rounds": new_rounds, "held_out": left[0] if len(left) == 1 else None}
            torch.save(state, out / "part.pt")
            (out / "part.pt").rename(out / "checkpoint.pt")
    summary = {"steps": step, "wallMinutes": round((time.time() - began) / 60, 1),
               "processorMinutes": round((time.process_time() - spent) / 60, 1), "audioMinutes": round(seconds / 60, 1),
               "heard": sorted(heard), "torch": torch.__version__, "precision": "bfloat16" if reduced else "float32",
               "shards": len(list((args.bank / "shards").glob("*.npy"))), "rate": TRAINING["rate"], **run,
               "losses": {k: round(v, 4) for k, v in running.items()}}
    (out / "training.json").write_text(json.dumps(summary, indent=1))


if __name__ == "__main__":
    main()
