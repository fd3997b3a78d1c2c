"""The network as it is shipped: the ONNX file, waveform in, embedding out, through onnxruntime."""
from pathlib import Path

import numpy as np
import onnxruntime

BATCH = 16


class ShippedNetwork:
    def __init__(self, path: Path):
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        self.session = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])

    def embed(self, clips: list[np.ndarray]) -> np.ndarray:
        """Float clips of any length -> [clips, dimension]; clips of one length share a batch."""
        by_length: dict[int, list[int]] = {}
        for index, clip in enumerate(clips):
            by_length.setdefault(len(clip), []).append(index)
        out: dict[int, np.ndarray] = {}
        for members in by_length.values():
            for start in range(0, len(members), BATCH):
                rows = members[start:start + BATCH]
                batch = np.stack([clips[i] for i in rows]).astype(np.float32)
                out.update(zip(rows, self.session.run(None, {"waveform": batch})[0]))
        return np.stack([out[i] for i in range(len(clips))])
