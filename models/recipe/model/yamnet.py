"""YAMNet, the teacher, in torch: weights read out of yamnet.tflite (Apache-2.0).

The file holds a batch-norm-folded MobileNet v1 with int8 weights (scales per channel).
They are dequantised here and run in float, with YAMNet's published front end in float
instead of the file's int8 Fourier matrices: closer to the original network than to the file.
"""
import struct
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F

WINDOW = 15600  # samples: 0.975 s
HOP = 7800
CLASSES = 521
EMBEDDING = 1024
STRIDE_TWO = {3, 5, 7, 13}


class FlatBuffer:
    """Just enough of the FlatBuffers wire format to read tensors from a TFLite file."""

    def __init__(self, data: bytes):
        self.data = data

    def number(self, form, position):
        return struct.unpack_from("<" + form, self.data, position)[0]

    def field(self, table, index):
        """Position of a table's field, or None where it holds its default."""
        vtable = table - self.number("i", table)
        if 4 + 2 * index >= self.number("H", vtable):
            return None
        offset = self.number("H", vtable + 4 + 2 * index)
        return table + offset if offset else None

    def follow(self, position):
        return position + self.number("I", position)

    def array(self, position, dtype):
        if position is None:
            return np.zeros(0, dtype)
        start = self.follow(position)
        return np.frombuffer(self.data, dtype, self.number("I", start), start + 4)

    def tables(self, position):
        start = self.follow(position) + 4
        return [self.follow(start + 4 * i) for i in range(self.number("I", start - 4))]


def read_tensors(path: Path) -> dict[int, np.ndarray]:
    """Index in the file -> constant tensor as float32 (int8 ones dequantised)."""
    buffer = FlatBuffer(path.read_bytes())
    model = buffer.number("I", 0)
    buffers = buffer.tables(buffer.field(model, 4))
    graph = buffer.tables(buffer.field(model, 2))[0]
    tensors = {}
    for index, tensor in enumerate(buffer.tables(buffer.field(graph, 0))):
        kind_at = buffer.field(tensor, 1)
        kind = buffer.data[kind_at] if kind_at else 0
        dtype = {0: np.float32, 2: np.int32, 9: np.int8}[kind]
        buffer_at = buffer.field(tensor, 2)
        raw = buffer.array(buffer.field(buffers[buffer.number("I", buffer_at) if buffer_at else 0], 0), np.uint8)
        if raw.size == 0:
            continue
        shape = buffer.array(buffer.field(tensor, 0), np.int32)
        values = raw.view(dtype).reshape(shape).astype(np.float32)
        if kind == 9:
            quantisation = buffer.follow(buffer.field(tensor, 4))
            scale = buffer.array(buffer.field(quantisation, 2), np.float32)
            axis_at = buffer.field(quantisation, 6)
            spread = [1] * len(shape)
            spread[buffer.number("i", axis_at) if axis_at else 0] = scale.size
            values = values * scale.reshape(spread)
        tensors[index] = values
    return tensors


def mel_bank() -> torch.Tensor:
    """[257, 64] triangles linear in HTK mel from 125 to 7500 Hz, no DC."""
    def mel(hz):
        return 1127 * np.log1p(np.asarray(hz, np.float64) / 700)

    edges = np.linspace(mel(125), mel(7500), 66)
    bins = mel(np.linspace(0, 8000, 257))[:, None]
    bank = np.minimum((bins - edges[:-2]) / (edges[1:-1] - edges[:-2]),
                      (edges[2:] - bins) / (edges[2:] - edges[1:-1]))
    bank = np.maximum(bank, 0)
    bank[0] = 0
    return torch.from_numpy(bank.astype(np.float32))


class Yamnet:
    def __init__(self, path: Path):
        # Tensor indices as laid out in the file: biases 13-39, pointwise 44-56, depthwise 62-74.
        tensors = {k: torch.from_numpy(v) for k, v in read_tensors(path).items()}
        biases = {1: tensors[13]}
        order = [10, 11, 12, 13, 14, 2, 3, 4, 5, 6, 7, 8, 9]
        pairs = {n: (tensors[14 + 2 * i], tensors[15 + 2 * i]) for i, n in enumerate(order)}
        self.first = (tensors[43].permute(0, 3, 1, 2).contiguous(), biases[1])
        self.layers = []
        for n in range(2, 15):
            depthwise = tensors[62 + n - 2].permute(3, 0, 1, 2).contiguous()
            pointwise = tensors[44 + n - 2].permute(0, 3, 1, 2).contiguous()
            self.layers.append((2 if n in STRIDE_TWO else 1, depthwise, pairs[n][0], pointwise, pairs[n][1]))
        self.dense = (tensors[12], tensors[1])
        self.window = torch.hann_window(400)
        self.mel = mel_bank()

    @torch.no_grad()
    def __call__(self, windows: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """[B, 15600] samples -> logits [B, 521], embeddings [B, 1024]."""
        frames = windows.unfold(1, 400, 160)[:, :96] * self.window
        magnitude = torch.fft.rfft(frames, 512).abs()
        x = torch.log(magnitude @ self.mel + 0.001)[:, None]
        x = x.contiguous(memory_format=torch.channels_last)
        x = F.relu(F.conv2d(F.pad(x, (0, 1, 0, 1)), *self.first, stride=2))
        for stride, depthwise, bias, pointwise, bias2 in self.layers:
            x = F.pad(x, (0, 1, 0, 1)) if stride == 2 else x
            x = F.relu(F.conv2d(x, depthwise, bias, stride, 0 if stride == 2 else 1, groups=x.shape[1]))
            x = F.relu(F.conv2d(x, pointwise, bias2))
        embedding = x.mean(dim=(2, 3))
        return F.linear(embedding, *self.dense), embedding


def cut_windows(samples: torch.Tensor) -> torch.Tensor:
    """[B, N] -> [B, W, 15600], hop 0.4875 s; N >= 15600."""
    return samples.unfold(1, WINDOW, HOP)
