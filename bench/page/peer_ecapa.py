"""Median processor seconds per second of audio of an ECAPA-TDNN as SpeechBrain computes it, in PyTorch on one thread.

Layer by layer what speechbrain.lobes.models.ECAPA_TDNN does: channels first, conv1d with reflected edges, the
attention's context (mean and deviation over frames) repeated in every frame and concatenated, masked statistics.
Weights are random: they do not change the work.

python3 bench/page/peer_ecapa.py CHANNELS AGGREGATION_CHANNELS CLIP_SECONDS RUNS
"""
import sys
import time
from pathlib import Path

import torch
import torch.nn.functional as F
from torch import nn

sys.path.insert(0, str(Path(__file__).parents[2] / "models" / "recipe" / "model"))
from ecapa import MEL_BANDS, log_mel, normalise  # noqa: E402

ATTENTION_CHANNELS, DIMENSION, SE_CHANNELS, SCALE = 128, 192, 128, 8


class Tdnn(nn.Module):
    def __init__(self, inputs, outputs, kernel, dilation=1):
        super().__init__()
        self.reach = dilation * (kernel - 1) // 2
        self.conv, self.norm = nn.Conv1d(inputs, outputs, kernel, dilation=dilation), nn.BatchNorm1d(outputs)

    def forward(self, x):
        return self.norm(F.relu(self.conv(F.pad(x, (self.reach, self.reach), mode="reflect"))))


class SeRes2Net(nn.Module):
    def __init__(self, channels, kernel, dilation):
        super().__init__()
        width = channels // SCALE
        self.tdnn1, self.tdnn2 = Tdnn(channels, channels, 1), Tdnn(channels, channels, 1)
        self.res2net = nn.ModuleList(Tdnn(width, width, kernel, dilation) for _ in range(SCALE - 1))
        self.squeeze, self.excite = nn.Conv1d(channels, SE_CHANNELS, 1), nn.Conv1d(SE_CHANNELS, channels, 1)

    def forward(self, x):
        first, *groups = torch.chunk(self.tdnn1(x), SCALE, dim=1)
        results = [first]
        for index, (group, tdnn) in enumerate(zip(groups, self.res2net)):
            results.append(tdnn(group if index == 0 else group + results[-1]))
        hidden = self.tdnn2(torch.cat(results, dim=1))
        gate = torch.sigmoid(self.excite(F.relu(self.squeeze(hidden.mean(dim=2, keepdim=True)))))
        return gate * hidden + x


class Ecapa(nn.Module):
    def __init__(self, channels, aggregation):
        super().__init__()
        self.input = Tdnn(MEL_BANDS, channels, 5)
        self.blocks = nn.ModuleList(SeRes2Net(channels, 3, dilation) for dilation in (2, 3, 4))
        self.aggregation = Tdnn(3 * channels, aggregation, 1)
        self.attention = Tdnn(3 * aggregation, ATTENTION_CHANNELS, 1)
        self.weigh = nn.Conv1d(ATTENTION_CHANNELS, aggregation, 1)
        self.pooled_norm, self.output = nn.BatchNorm1d(2 * aggregation), nn.Conv1d(2 * aggregation, DIMENSION, 1)

    @staticmethod
    def statistics(x, weights):
        mean = (weights * x).sum(2)
        return mean, torch.sqrt((weights * (x - mean.unsqueeze(2)).pow(2)).sum(2).clamp(1e-12))

    def forward(self, features):
        x = self.input(features.transpose(1, 2))
        outputs = []
        for block in self.blocks:
            x = block(x)
            outputs.append(x)
        x = self.aggregation(torch.cat(outputs, dim=1))
        mask = torch.ones(x.shape[0], 1, x.shape[2])
        context = [value.unsqueeze(2).repeat(1, 1, x.shape[2]) for value in self.statistics(x, mask / mask.sum(2, keepdim=True))]
        attention = self.weigh(torch.tanh(self.attention(torch.cat([x, *context], dim=1))))
        weights = F.softmax(attention.masked_fill(mask == 0, float("-inf")), dim=2)
        pooled = torch.cat(self.statistics(x, weights), dim=1).unsqueeze(2)
        return self.output(self.pooled_norm(pooled)).transpose(1, 2)


channels, aggregation, seconds, runs = map(int, sys.argv[1:])
torch.set_num_threads(1)
model = Ecapa(channels, aggregation).eval()
samples = torch.randn(1, seconds * 16000) * 0.1
costs = []
with torch.no_grad():
    for run in range(runs + 3):
        start = time.process_time()
        model(normalise(log_mel(samples)))
        costs.append((time.process_time() - start) / seconds)
print(sorted(costs[3:])[runs // 2])
