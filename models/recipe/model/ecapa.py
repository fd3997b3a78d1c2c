"""ECAPA-TDNN and its front end, equal to SpeechBrain's EncoderClassifier.encode_batch.

Desplanques et al., "ECAPA-TDNN" (Interspeech 2020), with the tensor names of
speechbrain.lobes.models.ECAPA_TDNN, so that a trained state dict is an ordinary
SpeechBrain `embedding_model.ckpt` but for its stem. Written for fixed-length batches: no length mask.

The stem: 2-d convolutions before the first block, as in Thienpondt, Desplanques, Demuynck, "Integrating
frequency translational invariance in TDNNs and frequency positional information in 2D ResNets" (2021).
"""
import math

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn

SAMPLE_RATE = 16000
MEL_BANDS = 80
# Channels of the stem's convolutions; every one halves the bands.
STEM_CHANNELS = (16, 32, 64)


def mel_bank() -> torch.Tensor:
    """[201, 80] triangles; symmetric (left band width on both sides), not area-normalised."""
    def mel(hz):
        return 2595 * math.log10(1 + hz / 700)

    points = torch.linspace(mel(0), mel(SAMPLE_RATE / 2), MEL_BANDS + 2)
    hz = 700 * (10 ** (points / 2595) - 1)
    centre, width = hz[1:-1], (hz[1:] - hz[:-1])[:-1]
    slope = (torch.linspace(0, SAMPLE_RATE // 2, 201)[:, None] - centre) / width
    return torch.clamp(torch.minimum(slope + 1, 1 - slope), min=0)


def log_mel(samples: torch.Tensor) -> torch.Tensor:
    """[B, N] samples -> [B, T, 80] decibels, T = 1 + N // 160, before floor and mean."""
    window = torch.hamming_window(400, device=samples.device)
    spectrum = torch.stft(samples, 400, 160, 400, window, center=True,
                          pad_mode="constant", return_complex=True)
    power = spectrum.real ** 2 + spectrum.imag ** 2
    bands = power.transpose(1, 2) @ mel_bank().to(samples.device)
    return 10 * torch.log10(torch.clamp(bands, min=1e-10))


def normalise(decibels: torch.Tensor) -> torch.Tensor:
    """[B, T, 80] -> [B, T, 80]: floor 80 dB under the clip's maximum, then zero mean per band."""
    floored = torch.maximum(decibels, decibels.amax(dim=(1, 2), keepdim=True) - 80)
    return floored - floored.mean(dim=1, keepdim=True)


# Activations are [B, T, C], channels last: a convolution is then one matrix product over the
# shifted copies of its input, in float32 two to three times as fast on a CPU as conv1d's own code.
# Weights keep the shapes of 1-d convolutions.


class Conv1d(nn.Module):
    def __init__(self, inputs, outputs, kernel, dilation=1):
        super().__init__()
        self.conv = nn.Conv1d(inputs, outputs, kernel, dilation=dilation)
        self.dilation = dilation
        self.reach = dilation * (kernel - 1) // 2

    def forward(self, x):
        weight, bias = self.conv.weight, self.conv.bias
        r = self.reach
        if r == 0:
            return F.linear(x, weight.squeeze(2), bias)
        frames = x.shape[1]
        # mirror the ends, without repeating the edge
        x = torch.cat([x[:, 1:r + 1].flip(1), x, x[:, -r - 1:-1].flip(1)], dim=1)
        shifted = torch.cat([x[:, at:at + frames] for at in range(0, 2 * r + 1, self.dilation)], dim=2)
        return F.linear(shifted, weight.permute(0, 2, 1).flatten(1), bias)


class BatchNorm1d(nn.Module):
    def __init__(self, channels):
        super().__init__()
        self.norm = nn.BatchNorm1d(channels)

    def forward(self, x):
        return self.norm(x.reshape(-1, x.shape[-1])).view(x.shape)


class TDNNBlock(nn.Module):
    def __init__(self, inputs, outputs, kernel, dilation=1):
        super().__init__()
        self.conv = Conv1d(inputs, outputs, kernel, dilation)
        self.norm = BatchNorm1d(outputs)

    def forward(self, x):
        return self.norm(F.relu(self.conv(x)))


class Res2NetBlock(nn.Module):
    def __init__(self, channels, kernel, dilation, scale=8):
        super().__init__()
        width = channels // scale
        self.scale = scale
        self.blocks = nn.ModuleList(TDNNBlock(width, width, kernel, dilation) for _ in range(scale - 1))

    def forward(self, x):
        chunks = torch.chunk(x, self.scale, dim=2)
        outputs = [chunks[0], self.blocks[0](chunks[1])]
        for chunk, block in zip(chunks[2:], self.blocks[1:]):
            outputs.append(block(chunk + outputs[-1]))
        return torch.cat(outputs, dim=2)


class SEBlock(nn.Module):
    def __init__(self, channels, bottleneck=128):
        super().__init__()
        self.conv1 = Conv1d(channels, bottleneck, 1)
        self.conv2 = Conv1d(bottleneck, channels, 1)

    def forward(self, x):
        squeeze = x.mean(dim=1, keepdim=True)
        return x * torch.sigmoid(self.conv2(F.relu(self.conv1(squeeze))))


class SERes2NetBlock(nn.Module):
    def __init__(self, channels, kernel, dilation):
        super().__init__()
        self.tdnn1 = TDNNBlock(channels, channels, 1)
        self.res2net_block = Res2NetBlock(channels, kernel, dilation)
        self.tdnn2 = TDNNBlock(channels, channels, 1)
        self.se_block = SEBlock(channels)

    def forward(self, x):
        return x + self.se_block(self.tdnn2(self.res2net_block(self.tdnn1(x))))


class AttentiveStatisticsPooling(nn.Module):
    def __init__(self, channels, attention_channels):
        super().__init__()
        self.tdnn = TDNNBlock(channels * 3, attention_channels, 1)
        self.conv = Conv1d(attention_channels, channels, 1)

    def forward(self, x):
        mean = x.mean(dim=1, keepdim=True)
        deviation = torch.sqrt(((x - mean) * (x - mean)).mean(dim=1, keepdim=True).clamp(min=1e-12))
        # The context is the same in all frames: multiply it once, then broadcast.
        conv = self.tdnn.conv.conv
        own, context = conv.weight.squeeze(2).split([x.shape[2], 2 * x.shape[2]], dim=1)
        hidden = F.linear(x, own) + F.linear(torch.cat([mean, deviation], 2), context, conv.bias)
        hidden = torch.tanh(self.tdnn.norm(F.relu(hidden)))
        weights = torch.softmax(self.conv(hidden), dim=1).to(x.dtype)
        mean = (weights * x).sum(dim=1, keepdim=True)
        variance = (weights * ((x - mean) * (x - mean))).sum(dim=1, keepdim=True)
        return torch.cat([mean, torch.sqrt(variance.clamp(min=1e-12))], dim=2)


class Stem(nn.Module):
    """[B, T, 80] -> [B, T / product of strides, channels x bands left]; beyond the edges lie zeros."""

    def __init__(self, channels, strides):
        super().__init__()
        self.convs = nn.ModuleList(nn.Conv2d(inputs, outputs, 3, stride=(stride, 2), padding=1, bias=False)
                                   for inputs, outputs, stride in zip((1, *channels), channels, strides))
        self.norms = nn.ModuleList(nn.BatchNorm2d(outputs) for outputs in channels)

    def forward(self, x):
        x = x.unsqueeze(1).contiguous(memory_format=torch.channels_last)  # a quarter faster than planes
        for conv, norm in zip(self.convs, self.norms):
            x = F.relu(norm(conv(x)))
        return x.permute(0, 2, 1, 3).flatten(2)


class EcapaTdnn(nn.Module):
    """`stem_strides` says by how much each of the stem's layers shortens time, `dilations` is of the three blocks.

    Without `mfa_channels`, features are aggregated over layers by joining the blocks' outputs alone: no product follows.
    """

    def __init__(self, channels=256, mfa_channels=768, attention_channels=128, dimension=192, stem=STEM_CHANNELS,
                 stem_strides=(1, 2, 1), dilations=(2, 3, 4)):
        super().__init__()
        self.sizes = dict(channels=channels, mfa_channels=mfa_channels, attention_channels=attention_channels, dimension=dimension,
                          stem=list(stem), stem_strides=list(stem_strides), dilations=list(dilations))
        if stem:
            self.stem = Stem(stem, stem_strides)
        first = TDNNBlock(stem[-1] * MEL_BANDS // 2 ** len(stem), channels, 1) if stem else TDNNBlock(MEL_BANDS, channels, 5)
        self.blocks = nn.ModuleList([first]
                                    + [SERes2NetBlock(channels, 3, d) for d in dilations])
        self.mfa = TDNNBlock(channels * 3, mfa_channels, 1) if mfa_channels else nn.Identity()
        pooled = mfa_channels or channels * 3
        self.asp = AttentiveStatisticsPooling(pooled, attention_channels)
        self.asp_bn = BatchNorm1d(pooled * 2)
        self.fc = Conv1d(pooled * 2, dimension, 1)

    def trunk(self) -> list[nn.Module]:
        """What is computed frame by frame, before anything is pooled."""
        return [*([self.stem] if self.sizes["stem"] else []), self.blocks]

    def frames(self, features) -> list[torch.Tensor]:
        """[B, T, 80] normalised features -> what each block gives, [B, frames, channels]."""
        x = self.stem(features) if self.sizes["stem"] else features
        outputs = []
        for block in self.blocks:
            x = block(x)
            outputs.append(x)
        return outputs

    def pool(self, outputs: list[torch.Tensor], frame_step=1):
        """What the blocks give -> [B, dimension] embeddings, not length-normalised.

        Everything after the blocks looks at single frames and their statistics: in training, every `frame_step`-th
        of them, from any of the first on, estimates the same statistics for a fraction of the work.
        """
        first = int(torch.randint(frame_step, ())) if self.training else 0
        outputs = [output[:, first::frame_step] for output in outputs]
        x = self.mfa(torch.cat(outputs[1:], dim=2))
        return self.fc(self.asp_bn(self.asp(x))).squeeze(1)

    def forward(self, features, frame_step=1):
        return self.pool(self.frames(features), frame_step)


@torch.no_grad()
def embed(model: EcapaTdnn, samples: np.ndarray) -> np.ndarray:
    """One clip [N] at 16 kHz -> [dimension], exactly as encode_batch does."""
    return model(normalise(log_mel(torch.as_tensor(samples, dtype=torch.float32)[None])))[0].numpy()
