"""Train the student: a compact ECAPA-TDNN taught by YAMNet, by domain labels and by recordings.

Training is a tree, so that folds share the work they may share. Its root hears synthetic clips only, two
branches two folds each, and every leaf one fold more: a leaf has never heard the fold that is left.
"""
import argparse
import copy
import json
import math
import time
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn

from bank import Bank, target_statistics
from corpus import FOLDS, read_manifest
from ecapa import EcapaTdnn
from teacher_head import teacher_head


class Pupil(nn.Module):
    """The embedding model with the linear heads that only training needs."""

    def __init__(self, model: EcapaTdnn, statistics, recordings: int):
        super().__init__()
        self.model = model
        dimension = model.sizes["dimension"]
        self.log_scores = nn.Linear(dimension, 521)
        self.scores = nn.Linear(dimension, 521)
        self.teacher_embedding = nn.Linear(dimension, 1024)
        self.domain = nn.Linear(dimension, 3)
        self.recordings = nn.Parameter(torch.randn(recordings, dimension))
        self.verdict = nn.Linear(dimension, 3)
        for name, values in statistics.items():
            self.register_buffer(name, values)
        prior = statistics["scores_mean"].clamp(1e-5, 0.9)
        self.scores.bias.data = torch.log(prior / (1 - prior))

    def restate(self, statistics):
        """Standardise targets by other statistics; what the teacher's heads predict stays."""
        for name, layer in (("log_scores", self.log_scores), ("embedding", self.teacher_embedding)):
            mean, deviation = getattr(self, name + "_mean"), getattr(self, name + "_deviation")
            ratio = deviation / statistics[name + "_deviation"]
            layer.weight.data *= ratio[:, None]
            layer.bias.data = layer.bias * ratio + (mean - statistics[name + "_mean"]) / statistics[name + "_deviation"]
        for name, values in statistics.items():
            getattr(self, name).copy_(values)

    def losses(self, batch, embedding, recording, judge):
        log_scores = (batch["log_scores"] - self.log_scores_mean) / self.log_scores_deviation
        teacher = (batch["embedding"] - self.embedding_mean) / self.embedding_deviation
        out = {"log scores": F.mse_loss(self.log_scores(embedding), log_scores),
               "scores": F.binary_cross_entropy_with_logits(self.scores(embedding), batch["scores"]) * 521,
               "embedding": F.mse_loss(self.teacher_embedding(embedding), teacher.clamp(-6, 6))}
        weight = batch["domain"].sum(dim=1)
        target = batch["domain"] / weight.clamp(min=1e-3)[:, None]
        entropy = -(target * F.log_softmax(self.domain(embedding), dim=1)).sum(dim=1)
        out["domain"] = (entropy * weight).sum() / weight.sum().clamp(min=1)
        if judge is not None:  # what a head on the teacher's scores makes of them, on mixtures and spoilt clips too
            verdict = torch.softmax(F.linear(batch["log_scores"], *judge), dim=1)
            out["verdict"] = F.kl_div(F.log_softmax(self.verdict(embedding), dim=1), verdict, reduction="batchmean")
        known = recording >= 0
        if known.any():  # additive angular margin over the recordings that clips were cut from
            cosine = F.normalize(embedding[known]) @ F.normalize(self.recordings).T
            target = F.one_hot(recording[known], len(self.recordings)).bool()
            angle = torch.acos(cosine.clamp(-0.999, 0.999))
            cosine = torch.where(target, torch.cos((angle + 0.15).clamp(max=math.pi)), cosine)
            out["recording"] = F.cross_entropy(cosine * 20, recording[known])
        return out


WEIGHTS = {"log scores": 1.0, "scores": 0.05, "embedding": 1.0, "domain": 1.0, "verdict": 2.0, "recording": 0.05}


@torch.no_grad()
def average(mean: nn.Module, model: nn.Module, decay: float):
    for target, value in zip(mean.state_dict().values(), model.state_dict().values(), strict=True):
        if value.is_floating_point():
            target.lerp_(value, 1 - decay)
        else:
            target.copy_(value)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--shared", type=Path, default=Path("../shared"))
    parser.add_argument("--bank", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--folds", type=int, nargs="+", required=True, help="folds to hear; -1: synthetic clips")
    parser.add_argument("--shares", type=float, nargs="+", help="share of each fold's rows that is taken; none: all")
    parser.add_argument("--initial", type=Path, help="checkpoint to go on from")
    parser.add_argument("--rates", type=float, nargs=2, default=[1.0, 0.01], help="learning rate at start and end, of --rate")
    parser.add_argument("--steps", type=int, default=1000000)
    parser.add_argument("--minutes", type=float, default=float("inf"), help="processor minutes to end after, schedule included")
    parser.add_argument("--batch", type=int, default=32)
    parser.add_argument("--rate", type=float, default=1.5e-3)
    parser.add_argument("--channels", type=int, default=256)
    parser.add_argument("--mfa", type=int, default=768)
    parser.add_argument("--seed", type=int, default=1)
    args = parser.parse_args()
    torch.set_num_threads(1)
    torch.manual_seed(args.seed)
    args.out.mkdir(parents=True, exist_ok=True)

    clips = read_manifest(args.shared / "corpus")
    names = sorted({(c.source, c.original) for c in clips})
    index = {name: i for i, name in enumerate(names)}
    recordings = torch.tensor([index[c.source, c.original] for c in clips] + [-1])
    bank = Bank(args.bank / "shards", dict(zip(args.folds, args.shares or [1.0] * len(args.folds), strict=True)),
                args.batch, np.random.default_rng(args.seed))
    statistics = target_statistics(bank)
    pupil = Pupil(EcapaTdnn(args.channels, args.mfa), statistics, len(names))
    decayed = [p for p in pupil.parameters() if p.ndim > 1]
    plain = [p for p in pupil.parameters() if p.ndim <= 1]
    optimiser = torch.optim.AdamW([{"params": decayed, "weight_decay": 0.03}, {"params": plain, "weight_decay": 0.0}],
                                  lr=args.rate, betas=(0.9, 0.98))
    heard = set(args.folds) - {-1}
    if args.initial:
        start = torch.load(args.initial, weights_only=True)
        heard |= set(start["heard"])
        pupil.load_state_dict(start["pupil"])
        pupil.restate(statistics)
        optimiser.load_state_dict({**optimiser.state_dict(), "state": start["optimiser"]})
    judge = teacher_head(args.shared / "corpus", clips, heard) if heard else None
    left = sorted(set(range(FOLDS)) - heard)
    mean = copy.deepcopy(pupil.model).eval()
    running: dict[str, float] = {}
    began = saved = time.time()
    spent = time.process_time()
    step, seconds, progress = 0, 0.0, 0.0
    while progress < 1:
        progress = max((step + 1) / args.steps, (time.process_time() - spent) / 60 / args.minutes)
        first, last = args.rates
        rate = min(1, (step + 1) / 300) * (last + (first - last) * 0.5 * (1 + math.cos(math.pi * min(1, progress))))
        for group in optimiser.param_groups:
            group["lr"] = args.rate * rate
        batch = bank.batch_of()
        # The end of a leaf takes as many frames as the finished model will.
        is_end = progress > 0.85 and last < 0.1
        frame_step = 2 if batch["features"].shape[1] >= 98 and not is_end else 1
        embedding = pupil.model(batch["features"], frame_step)
        clip = batch["clip"]
        losses = pupil.losses(batch, embedding, recordings[torch.where(clip >= 0, clip, len(clips))], judge)
        total = sum(WEIGHTS[name] * value for name, value in losses.items())
        optimiser.zero_grad()
        total.backward()
        nn.utils.clip_grad_norm_(pupil.parameters(), 5.0)
        optimiser.step()
        average(mean, pupil.model, min(0.998, step / (step + 20)))
        for name, value in losses.items():
            running[name] = 0.98 * running.get(name, value.item()) + 0.02 * value.item()
        seconds += batch["features"].shape[0] * batch["features"].shape[1] / 100
        step += 1
        if step % 100 == 0:
            print(f"{time.time() - began:.0f} s step {step} ({progress:.0%}) {seconds / (time.time() - began):.0f} x real time "
                  + " ".join(f"{k}={v:.3f}" for k, v in running.items()), flush=True)
        if progress >= 1 or time.time() - saved > 120:
            saved = time.time()
            state = {"sizes": mean.sizes, "model": mean.state_dict(), "pupil": pupil.state_dict(), "step": step,
                     "optimiser": optimiser.state_dict()["state"], "heard": sorted(heard), "held_out": left[0] if len(left) == 1 else None}
            torch.save(state, args.out / "part.pt")
            (args.out / "part.pt").rename(args.out / "checkpoint.pt")
    summary = {"steps": step, "batch": args.batch, "minutes": round((time.time() - began) / 60, 1),
               "processorMinutes": round(time.process_time() / 60, 1), "audioMinutes": round(seconds / 60, 1),
               "seed": args.seed, "heard": sorted(heard), "torch": torch.__version__,
               "shards": len(list((args.bank / "shards").glob("*.npy"))), "rate": args.rate, "rates": args.rates,
               "losses": {k: round(v, 4) for k, v in running.items()}, "initial": args.initial and args.initial.parent.name}
    (args.out / "training.json").write_text(json.dumps(summary, indent=1))


if __name__ == "__main__":
    main()
