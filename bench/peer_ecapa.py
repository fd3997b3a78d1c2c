"""Median processor seconds per second of audio of the same network in PyTorch, on one thread.

python3 peer_ecapa.py CHANNELS AGGREGATION_CHANNELS CLIP_SECONDS RUNS
"""
import sys
import time
from pathlib import Path

import torch

sys.path.insert(0, str(Path(__file__).parent.parent / "models" / "recipe"))
from ecapa import EcapaTdnn, log_mel, normalise  # noqa: E402

channels, aggregation, seconds, runs = map(int, sys.argv[1:])
torch.set_num_threads(1)
model = EcapaTdnn(channels, aggregation).eval()
samples = torch.randn(1, seconds * 16000) * 0.1
costs = []
with torch.no_grad():
    for run in range(runs + 3):
        start = time.process_time()
        model(normalise(log_mel(samples)))
        costs.append((time.process_time() - start) / seconds)
print(sorted(costs[3:])[runs // 2])
