"""Which doubt score finds the errors: probability, energy, or distance to what the head was fitted on."""
import numpy as np

from evaluate.head import softmax


def doubt_scores(fold: dict[str, np.ndarray], number: int, strength: float, temperature: float) -> dict[str, np.ndarray]:
    """Larger is more doubtful; one value per held-out whole clip of round `number`."""
    z = fold[f"logits|{number}|{strength}|whole"] / temperature
    x = fold[f"embedding|{number}|whole"]
    reference = fold["x_train"].astype(np.float32)
    labels = fold["y_train"]
    unit = reference / np.linalg.norm(reference, axis=1, keepdims=True)
    similarity = (x / np.linalg.norm(x, axis=1, keepdims=True)) @ unit.T
    centres = np.stack([reference[labels == k].mean(0) for k in range(3)])
    within = reference - centres[labels]
    inverse = np.linalg.inv(within.T @ within / len(within) + 0.05 * np.eye(x.shape[1]))
    distances = np.stack([np.einsum("ij,jk,ik->i", x - c, inverse, x - c) for c in centres], 1)
    shift = z.max(axis=1)
    return {"probability": 1 - softmax(z).max(axis=1),
            "energy": -(shift + np.log(np.exp(z - shift[:, None]).sum(axis=1))),
            "nearest neighbours": 1 - np.sort(similarity, axis=1)[:, -5:].mean(axis=1),
            "Mahalanobis": distances.min(axis=1)}


def compare(doubts: dict[str, np.ndarray], wrong: np.ndarray) -> dict[str, dict[str, float]]:
    """AUROC for finding errors, and the error left at 95 and 90 % coverage."""
    out = {}
    for name, doubt in doubts.items():
        order = np.argsort(doubt)
        ranks = np.empty(len(doubt))
        ranks[order] = np.arange(len(doubt))
        positives = int(wrong.sum())
        auroc = (ranks[wrong].sum() - positives * (positives - 1) / 2) / (positives * (len(wrong) - positives))
        left = {f"riskAt{c}": float(wrong[order[: int(len(order) * c / 100)]].mean()) for c in (95, 90)}
        out[name] = {"auroc": float(auroc), **left}
    return out
