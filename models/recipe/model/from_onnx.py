"""A shipped ONNX network back as a torch one that can be trained further.

The graph builder folds every batch norm: its scale into the layer before it, its shift into the layers behind. Here
the folded weights become the layers' own, the norms start as identities (plus the shifts that the graph adds explicitly),
and `recalibrate` then gives each norm the statistics of real features without changing what the network computes, so that
training with batch statistics goes on from where it ended.
"""
from pathlib import Path

import numpy as np
import onnx
import onnx.numpy_helper
import torch
from torch import nn

from model.ecapa import EcapaTdnn

NORMS = (nn.BatchNorm1d, nn.BatchNorm2d)


def read_constants(path: Path) -> dict[str, torch.Tensor]:
    graph = onnx.load(str(path)).graph
    stored = {t.name.removesuffix("/fp16"): onnx.numpy_helper.to_array(t) for t in graph.initializer}
    values = {name.removesuffix("/int8"): value * stored[f"{name}/scale"] if name.endswith("/int8") else value
              for name, value in stored.items() if not name.endswith("/int8/scale")}
    if any(name.endswith("/sign") for name in values):
        raise ValueError(f"{path} has norms with negative scales, which this reader does not undo")
    return {name: torch.from_numpy(v.astype(np.float32).copy()) for name, v in values.items()}


def set_norm(norm: nn.Module, shift: torch.Tensor | float):
    """An identity but for `shift`."""
    norm.running_mean.zero_()
    norm.running_var.fill_(1 - norm.eps)
    norm.weight.fill_(1)
    norm.bias.copy_(torch.as_tensor(shift).expand_as(norm.bias))


def set_conv(conv: nn.Conv1d, weight: torch.Tensor, bias: torch.Tensor | float):
    """Weight [outputs, kernel x inputs] (kernel-major) into a 1-d convolution."""
    outputs, inputs, kernel = conv.weight.shape
    conv.weight.copy_(weight.view(outputs, kernel, inputs).permute(0, 2, 1))
    conv.bias.copy_(torch.as_tensor(bias).expand_as(conv.bias))


@torch.no_grad()
def load_onnx(path: Path) -> EcapaTdnn:
    """The network of `path` in evaluation mode; equal to it but for rounding."""
    c = read_constants(path)
    has_mfa = "aggregation/weight" in c
    model = EcapaTdnn(mfa_channels=len(c["aggregation/weight"]) if has_mfa else 0, attention_channels=len(c["attention/frame/weight"])).eval()
    for module in model.modules():
        if isinstance(module, NORMS):
            set_norm(module, 0.0)
    for index, (conv, norm) in enumerate(zip(model.stem.convs, model.stem.norms), start=1):
        conv.weight.copy_(c[f"stem/layer{index}/kernel"])
        set_norm(norm, c[f"stem/layer{index}/bias"])

    first, *blocks = model.blocks
    set_conv(first.conv.conv, c["input/weight"], c["input/bias"])
    set_norm(first.norm.norm, c["block1/residual_shift"])
    incoming = c["block1/residual_shift"]  # the graph has it folded into the next bias
    for index, block in enumerate(blocks, start=1):
        name = f"block{index}"
        weight = c[f"{name}/tdnn1/weight"]
        set_conv(block.tdnn1.conv.conv, weight, c[f"{name}/tdnn1/bias"] - weight @ incoming)
        for group, tdnn in enumerate(block.res2net_block.blocks, start=1):
            set_conv(tdnn.conv.conv, c[f"{name}/res2net{group}/weight"], c[f"{name}/res2net{group}/bias"])
        set_conv(block.tdnn2.conv.conv, c[f"{name}/tdnn2/weight"], c[f"{name}/tdnn2/bias"])
        shift = c[f"{name}/shift"]
        set_norm(block.tdnn2.norm.norm, shift)
        squeeze = c[f"{name}/se/squeeze/weight"]
        set_conv(block.se_block.conv1.conv, squeeze, c[f"{name}/se/squeeze/bias"] - squeeze @ shift)
        set_conv(block.se_block.conv2.conv, c[f"{name}/se/excite/weight"], c[f"{name}/se/excite/bias"])
        incoming = torch.zeros_like(incoming)
    if has_mfa:
        set_conv(model.mfa.conv.conv, c["aggregation/weight"], c["aggregation/bias"])
    own, context = c["attention/frame/weight"], c["attention/context/weight"]
    set_conv(model.asp.tdnn.conv.conv, torch.cat([own, context], 1), c["attention/context/bias"])
    set_norm(model.asp.tdnn.norm.norm, c["attention/shift"])
    set_conv(model.asp.conv.conv, c["attention/logits/weight"], 0.0)
    set_conv(model.fc.conv, c["output/weight"], c["output/bias"])
    return model


@torch.no_grad()
def recalibrate(model: EcapaTdnn, features: torch.Tensor):
    """Give every norm the statistics that `features` [B, T, 80] (normalised) have there; the function stays the same."""
    def measure(norm, inputs):
        x = inputs[0]
        axes = [0, *range(2, x.ndim)]
        measured[norm] = (x.mean(dim=axes), x.var(dim=axes, unbiased=False))

    measured: dict[nn.Module, tuple[torch.Tensor, torch.Tensor]] = {}
    norms = [module for module in model.modules() if isinstance(module, NORMS)]
    handles = [norm.register_forward_pre_hook(measure) for norm in norms]
    model.eval()(features)
    for handle in handles:
        handle.remove()
    for norm, (mean, variance) in measured.items():
        # y = x + shift before, y = weight (x - mean) / sqrt(variance + eps) + bias after
        norm.running_mean.copy_(mean)
        norm.running_var.copy_(variance)
        norm.weight.copy_(torch.sqrt(variance + norm.eps))
        norm.bias.add_(mean)
