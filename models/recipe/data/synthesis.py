"""Synthetic pool: espeak-ng voices, rendered scores, sung vowels made by a vocoder, noises."""
import argparse
import io
import subprocess
import tempfile
from pathlib import Path

import numpy as np
import scipy.signal
import soundfile

from config import CONFIG
from data import midi
from data.corpus import LABELS, SAMPLE_RATE

SETTINGS = CONFIG["synthesis"]
SYLLABLES = [c + v for c in "b d f g h k l m n p r s t v z sh ch st tr pl".split() for v in "a e i o u ai ou".split()]
ENGLISH = ("the train was late again so we walked home along the river|please hold the line|could you tell me where the "
           "station is|I do not think that this is what he meant|yes, exactly, and then she said no|one two three four "
           "five six seven|good morning everybody and welcome back|it costs about ninety eight euros|turn left at the next "
           "corner|what on earth are you doing here").split("|")


def espeak(rng, voices, variants) -> np.ndarray:
    words = "".join("".join(rng.choice(SYLLABLES, rng.integers(1, 4))) + str(rng.choice([" ", " ", ", ", ". "])) for _ in range(12))
    text = rng.choice([words, str(rng.choice(ENGLISH)), f"{rng.integers(1, 99999)} {rng.integers(1, 9999)} {words[:40]}"])
    voice = str(rng.choice(voices)) + ("+" + str(rng.choice(variants)) if rng.random() < 0.75 else "")
    out = subprocess.run(["espeak-ng", "-v", voice, "-s", str(rng.integers(110, 230)), "-p", str(rng.integers(10, 95)),
                          "--stdout", text], capture_output=True, check=False).stdout
    samples, rate = soundfile.read(io.BytesIO(out), dtype="float32")
    samples = scipy.signal.resample_poly(samples[: rate * 6], 320, 441) if rate == 22050 else samples
    return (np.clip(samples / (np.abs(samples).max() + 1e-9), -1, 1) * 20000).astype(np.int16)


def flite(rng) -> np.ndarray:
    """A voice built from recordings of a person, reading an English sentence or invented words."""
    words = " ".join("".join(rng.choice(SYLLABLES, rng.integers(1, 4))) for _ in range(9))
    text = " ".join(rng.permutation(ENGLISH)[:2]) if rng.random() < 0.6 else words
    with tempfile.NamedTemporaryFile(suffix=".wav") as wave:
        subprocess.run(["flite", "-voice", str(rng.choice(["kal16", "awb", "rms", "slt"])),
                        "--setf", f"duration_stretch={rng.uniform(0.75, 1.3):.2f}", "-t", text, "-o", wave.name], check=True)
        samples, rate = soundfile.read(wave.name, dtype="float32")
    assert rate == SAMPLE_RATE
    shift = rng.uniform(0.85, 1.2)  # other throats: pitch and formants move together
    samples = scipy.signal.resample(samples[: rate * 6], int(min(len(samples), rate * 6) * shift))
    return (samples / (np.abs(samples).max() + 1e-9) * 20000).astype(np.int16)


def sing(rng, speech: np.ndarray) -> np.ndarray:
    """Speech envelope, slowed, imposed on a melody of harmonics with vibrato (a vocoder)."""
    n, hop = 512, 128
    _, _, spectrum = scipy.signal.stft(speech.astype(np.float32) / 32768, nperseg=n, noverlap=n - hop)
    slow = rng.uniform(1.0, 2.2)
    columns = np.minimum((np.arange(int(spectrum.shape[1] * slow)) / slow).astype(int), spectrum.shape[1] - 1)
    smooth = int(rng.integers(9, 17))
    envelope = scipy.signal.convolve(np.abs(spectrum[:, columns]), np.hanning(smooth)[:, None] / smooth * 2, mode="same")
    length = envelope.shape[1] * hop
    root, scale = rng.uniform(90, 330), np.array(midi.SCALES[rng.integers(len(midi.SCALES))])
    beat = rng.uniform(0.2, 0.7)
    voices = 1 if rng.random() < 0.6 else int(rng.integers(2, 5))
    excitation = np.zeros(length)
    time = np.arange(length) / SAMPLE_RATE
    for voice in range(voices):
        steps = rng.choice(scale, int(length / SAMPLE_RATE / beat) + 2) + (0 if rng.random() < 0.8 else 12)
        pitch = np.repeat(steps, int(beat * SAMPLE_RATE))[:length].astype(float)
        pitch = np.pad(pitch, (0, length - len(pitch)), mode="edge")
        glide = int(rng.uniform(0.02, 0.09) * SAMPLE_RATE)
        pitch = scipy.signal.fftconvolve(np.pad(pitch, glide, mode="edge"), np.ones(glide) / glide, mode="same")[glide:-glide]
        pitch += rng.uniform(0.1, 0.6) * np.sin(2 * np.pi * rng.uniform(4.5, 6.5) * time)
        phase = np.cumsum(root * 2 ** ((pitch + rng.normal(0, 0.1)) / 12)) / SAMPLE_RATE
        excitation += scipy.signal.sawtooth(2 * np.pi * phase)
    excitation += rng.uniform(0.02, 0.2) * rng.standard_normal(length)
    _, _, carrier = scipy.signal.stft(excitation, nperseg=n, noverlap=n - hop)
    columns = min(carrier.shape[1], envelope.shape[1])
    flat = carrier[:, :columns] / (np.abs(carrier[:, :columns]).mean() + 1e-9)
    _, sung = scipy.signal.istft(flat * envelope[:, :columns], nperseg=n, noverlap=n - hop)
    return (sung / (np.abs(sung).max() + 1e-9) * 20000).astype(np.int16)


def coloured(rng, length: int, slope: float) -> np.ndarray:
    spectrum = np.fft.rfft(rng.standard_normal(length))
    frequency = np.maximum(np.fft.rfftfreq(length, 1 / SAMPLE_RATE), 20)
    shape = frequency ** slope
    for _ in range(int(rng.integers(0, 4))):  # resonances
        centre, width = np.exp(rng.uniform(np.log(80), np.log(7000))), rng.uniform(0.05, 0.5)
        shape = shape * (1 + rng.uniform(1, 15) * np.exp(-(np.log(frequency / centre) / width) ** 2))
    return np.fft.irfft(spectrum * shape, length)


def noise(rng) -> np.ndarray:
    """Wind, rain, engines, clatter, alarms and sirens by simple synthesis; 5 s."""
    length = 5 * SAMPLE_RATE
    time = np.arange(length) / SAMPLE_RATE
    kind = rng.choice(["steady", "wind", "rain", "engine", "clatter", "alarm", "siren", "chirps"])
    base = coloured(rng, length, rng.uniform(-1.5, 0.3))
    base /= base.std()
    if kind == "wind":
        base *= np.exp(1.2 * np.interp(time, np.linspace(0, 5, 12), rng.standard_normal(12)))
    elif kind in ("rain", "clatter"):
        rate = rng.uniform(60, 900) if kind == "rain" else rng.uniform(1.5, 12)
        impulses = (rng.random(length) < rate / SAMPLE_RATE) * rng.exponential(1, length)
        decay = rng.uniform(0.001, 0.006) if kind == "rain" else rng.uniform(0.01, 0.15)
        ring = np.arange(int(decay * 6 * SAMPLE_RATE)) / SAMPLE_RATE
        response = np.exp(-ring / decay) * coloured(rng, len(ring) // 2 * 2 + 2, rng.uniform(-0.5, 0.5))[: len(ring)]
        hits = scipy.signal.fftconvolve(impulses, response)[:length]
        base = hits / (hits.std() + 1e-9) + rng.uniform(0, 0.3) * base
    elif kind == "engine":
        speed = rng.uniform(15, 160) * (1 + 0.1 * np.interp(time, np.linspace(0, 5, 6), rng.standard_normal(6)))
        phase = 2 * np.pi * np.cumsum(speed) / SAMPLE_RATE
        hum = sum(rng.exponential(1 / k ** 0.7) * np.sin(k * phase + rng.uniform(0, 6)) for k in range(1, 25))
        base = hum / hum.std() + rng.uniform(0.1, 1.5) * base * (1 + 0.7 * np.sin(phase))
    elif kind in ("alarm", "siren", "chirps"):
        pitch = rng.uniform(350, 3200)
        if kind == "siren":
            pitch = pitch * 2 ** (0.6 * scipy.signal.sawtooth(2 * np.pi * rng.uniform(0.15, 3) * time, rng.uniform(0.3, 1)))
        elif kind == "chirps":
            pitch = pitch * 2 ** (rng.uniform(0.2, 1) * np.sin(2 * np.pi * rng.uniform(5, 25) * time))
        phase = 2 * np.pi * np.cumsum(np.broadcast_to(pitch, length)) / SAMPLE_RATE
        tone = scipy.signal.square(phase) if rng.random() < 0.4 else np.sin(phase) + 0.3 * np.sin(2 * phase)
        gate = 1.0 if kind == "siren" else scipy.signal.square(2 * np.pi * rng.uniform(0.8, 8) * time, rng.uniform(0.15, 0.8)) > 0
        base = tone * gate + rng.uniform(0.005, 0.3) * base
    return (base / (np.abs(base).max() + 1e-9) * 20000).astype(np.int16)


def build(rng, soundfonts, counts) -> list[tuple[int, str, np.ndarray]]:
    listing = subprocess.run(["espeak-ng", "--voices"], capture_output=True, text=True, check=True).stdout
    voices = [line.split()[1] for line in listing.splitlines()[1:]]
    variants = [f"{s}{k}" for s, ks in (("m", range(1, 9)), ("f", range(1, 6)), ("klatt", range(2, 7))) for k in ks]
    variants += ["whisper", "croak", "whisperf", "Alicia", "Andy", "Diogo", "Gene", "Lee", "Storm", "linda", "steph", "victor", "rob"]
    music, noise_label, speech = (LABELS.index(name) for name in LABELS)
    pool = []
    spoken = []
    for _ in range(counts["espeak"]):
        try:
            spoken.append(espeak(rng, voices, variants))
        except (RuntimeError, ValueError):
            continue  # a voice that needs mbrola prints nothing
    spoken += [flite(rng) for _ in range(counts["flite"])]
    pool += [(speech, "synthetic speech", samples) for samples in spoken if len(samples) > SAMPLE_RATE]
    for kind in ("solo", "band", "chords", "drums", "effect"):
        for _ in range(counts[kind]):
            samples = midi.render(midi.random_score(rng, kind), Path(rng.choice(soundfonts)))
            pool.append((noise_label if kind == "effect" else music, "synthetic " + kind, samples))
    for _ in range(counts["sung"]):
        pool.append((music, "synthetic singing", sing(rng, spoken[rng.integers(len(spoken))])))
    pool += [(noise_label, "synthetic noise", noise(rng)) for _ in range(counts["noise"])]
    return pool


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--bank", type=Path, required=True)
    args = parser.parse_args()
    pool = build(np.random.default_rng(SETTINGS["seed"]), SETTINGS["soundfonts"], SETTINGS["counts"])
    args.bank.mkdir(parents=True, exist_ok=True)
    part = args.bank / "synthetic.part.npz"
    np.savez(part, samples=np.concatenate([p[2] for p in pool]), offsets=np.cumsum([0] + [len(p[2]) for p in pool]),
             labels=np.array([p[0] for p in pool]), kinds=np.array([p[1] for p in pool]))
    part.rename(args.bank / "synthetic.npz")
    print(f"{len(pool)} synthetic clips, {sum(len(p[2]) for p in pool) / SAMPLE_RATE / 60:.0f} minutes")


if __name__ == "__main__":
    main()
