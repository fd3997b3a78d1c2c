"""What the student learns: the teacher's answers, what was mixed, and which recording a clip was cut from."""
import math

import torch
import torch.nn.functional as F
from torch import nn

from config import CONFIG
from model.ecapa import EcapaTdnn

SETTINGS = CONFIG["objective"]
LOSSES = ("log scores", "scores", "embedding", "domain", "presence", "verdict", "predecessor", "recording")


class Pupil(nn.Module):
    """The embedding model with the linear heads that only training needs."""

    def __init__(self, model: EcapaTdnn, statistics: dict[str, torch.Tensor], recordings: int):
        super().__init__()
        self.model = model
        dimension = model.sizes["dimension"]
        self.log_scores = nn.Linear(dimension, 521)
        self.scores = nn.Linear(dimension, 521)
        self.teacher_embedding = nn.Linear(dimension, 1024)
        self.domain = nn.Linear(dimension, 3)
        self.presence = nn.Linear(dimension, 3)
        self.recordings = nn.Parameter(torch.randn(recordings, dimension))
        self.verdict = nn.Linear(dimension, 3)
        self.predecessor = nn.Linear(dimension, dimension)
        for name, values in statistics.items():
            self.register_buffer(name, values)
        self.register_buffer("disagreement", torch.ones(521))
        prior = statistics["scores_mean"].clamp(1e-5, 0.9)
        self.scores.bias.data = torch.log(prior / (1 - prior))

    def restate(self, statistics: dict[str, torch.Tensor]):
        """Standardise targets by other statistics; what the teacher's heads predict stays."""
        for name, layer in (("log_scores", self.log_scores), ("embedding", self.teacher_embedding)):
            mean, deviation = getattr(self, name + "_mean"), getattr(self, name + "_deviation")
            ratio = deviation / statistics[name + "_deviation"]
            layer.weight.data *= ratio[:, None]
            layer.bias.data = layer.bias * ratio + (mean - statistics[name + "_mean"]) / statistics[name + "_deviation"]
        for name, values in statistics.items():
            getattr(self, name).copy_(values)

    def class_weights(self, errors: torch.Tensor) -> torch.Tensor:
        """Squared errors [B, 521] -> weights [521] of mean 1: more where student and teacher have differed most of late."""
        self.disagreement.lerp_(errors.detach().mean(dim=0), 0.02)
        low, high = SETTINGS["disagreement_bounds"]
        relative = self.disagreement / self.disagreement.mean()
        weights = (relative ** SETTINGS["disagreement_power"]).clamp(low, high)
        return weights / weights.mean()

    def losses(self, batch: dict[str, torch.Tensor], embedding: torch.Tensor, recording: torch.Tensor, judge, before=None) -> dict[str, torch.Tensor]:
        """`before`: embeddings [B, D] of the network that this one follows, which it is to know as well."""
        log_scores = (batch["log_scores"] - self.log_scores_mean) / self.log_scores_deviation
        teacher = (batch["embedding"] - self.embedding_mean) / self.embedding_deviation
        errors = (self.log_scores(embedding) - log_scores) ** 2
        out = {"log scores": (errors * self.class_weights(errors)).mean(),
               "scores": F.binary_cross_entropy_with_logits(self.scores(embedding), batch["scores"]) * 521,
               "embedding": F.mse_loss(self.teacher_embedding(embedding), teacher.clamp(-6, 6))}
        weight = batch["domain"].sum(dim=1)
        target = batch["domain"] / weight.clamp(min=1e-3)[:, None]
        entropy = -(target * F.log_softmax(self.domain(embedding), dim=1)).sum(dim=1)
        out["domain"] = (entropy * weight).sum() / weight.sum().clamp(min=1)
        heard = F.binary_cross_entropy_with_logits(self.presence(embedding), batch["presence"], reduction="none").sum(dim=1)
        out["presence"] = (heard * batch["presence_weight"]).sum() / batch["presence_weight"].sum().clamp(min=1)
        if judge is not None:  # what a head on the teacher's embedding makes of them, on mixtures and spoilt clips too
            verdict = torch.softmax(F.linear(batch["embedding"], *judge), dim=1)
            out["verdict"] = F.kl_div(F.log_softmax(self.verdict(embedding), dim=1), verdict, reduction="batchmean")
        if before is not None:
            out["predecessor"] = F.mse_loss(self.predecessor(embedding), before)
        known = recording >= 0
        if known.any():  # additive angular margin over the recordings that clips were cut from
            cosine = F.normalize(embedding[known]) @ F.normalize(self.recordings).T
            target = F.one_hot(recording[known], len(self.recordings)).bool()
            angle = torch.acos(cosine.clamp(-0.999, 0.999))
            cosine = torch.where(target, torch.cos((angle + SETTINGS["margin"]).clamp(max=math.pi)), cosine)
            out["recording"] = F.cross_entropy(cosine * SETTINGS["scale"], recording[known])
        return out


def total(losses: dict[str, torch.Tensor]) -> torch.Tensor:
    return sum(SETTINGS[name] * value for name, value in losses.items())
