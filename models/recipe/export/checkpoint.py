"""Write a trained model as a SpeechBrain checkpoint, with its head as plain numbers.

SpeechBrain's network has no stem: `network.json` says what the tensors do not, strides and dilations.

The last layer is linear, so the embedding can be given any affine form for nothing: here each
dimension gets zero mean and unit deviation over the corpus, which makes one regularisation
strength fit every head trained on it, and the plane of the domains is stretched (`shape.py`).
"""
import json
from pathlib import Path

import torch

from data.corpus import LABELS
from model.ecapa import EcapaTdnn
from evaluate.shape import Shape

HYPERPARAMETERS = """\
# Layout of SpeechBrain's ECAPA-TDNN recipes: front end, normalisation and embedding model.
n_mels: 80
pretrained_path: .
out_n_neurons: 3
compute_features: !new:speechbrain.lobes.features.Fbank
    n_mels: !ref <n_mels>
mean_var_norm: !new:speechbrain.processing.features.InputNormalization
    norm_type: sentence
    std_norm: False
embedding_model: !new:speechbrain.lobes.models.ECAPA_TDNN.ECAPA_TDNN
    input_size: !ref <n_mels>
    channels: [{channels}, {channels}, {channels}, {channels}, {mfa_channels}]
    kernel_sizes: [5, 3, 3, 3, 1]
    dilations: [1, {dilations}, 1]
    attention_channels: {attention_channels}
    lin_neurons: {dimension}
classifier: !new:speechbrain.lobes.models.ECAPA_TDNN.Classifier
    input_size: {dimension}
    out_neurons: !ref <out_n_neurons>
modules:
    compute_features: !ref <compute_features>
    mean_var_norm: !ref <mean_var_norm>
    embedding_model: !ref <embedding_model>
    classifier: !ref <classifier>
pretrainer: !new:speechbrain.utils.parameter_transfer.Pretrainer
    loadables:
        embedding_model: !ref <embedding_model>
    paths:
        embedding_model: !ref <pretrained_path>/embedding_model.ckpt
"""


def hyperparameters(model: EcapaTdnn) -> str:
    return HYPERPARAMETERS.format(**{**model.sizes, "dilations": ", ".join(map(str, model.sizes["dilations"]))})


def fold_affine(model: EcapaTdnn, shape: Shape):
    """Replace the embedding e by shape(e), inside the last layer."""
    with torch.no_grad():
        conv = model.fc.conv
        matrix, mean = torch.from_numpy(shape.matrix), torch.from_numpy(shape.mean)
        conv.weight.copy_((matrix.T @ conv.weight[:, :, 0].double())[:, :, None])
        conv.bias.copy_((conv.bias.double() - mean) @ matrix)


def reference_state(model: EcapaTdnn) -> dict[str, torch.Tensor]:
    return {name: value.detach().clone().contiguous() for name, value in model.state_dict().items()}


def write_export(folder: Path, model: EcapaTdnn, head: dict, extra: dict[str, dict]):
    folder.mkdir(parents=True, exist_ok=True)
    torch.save(reference_state(model), folder / "embedding_model.ckpt")
    (folder / "hyperparams.yaml").write_text(hyperparameters(model))
    (folder / "network.json").write_text(json.dumps({"stemStrides": model.sizes["stem_strides"], "dilations": [1, *model.sizes["dilations"], 1]}))
    (folder / "head.json").write_text(json.dumps({"labels": LABELS, **head}))
    for name, content in extra.items():
        (folder / f"{name}.json").write_text(json.dumps(content, indent=1))
