"""Degradations: linear filters and rooms in one transform, then clipping and coarse coding."""
import subprocess

import numpy as np
import scipy.fft

SAMPLE_RATE = 16000
PADDED = 65536  # transform length; a clip of 39,000 samples plus a tail
CODECS = [
    ["-c:a", "libmp3lame", "-b:a", "24k", "-f", "mp3"], ["-c:a", "libmp3lame", "-b:a", "48k", "-f", "mp3"],
    ["-c:a", "libopus", "-b:a", "8k", "-compression_level", "2", "-f", "ogg"],
    ["-c:a", "libopus", "-b:a", "12k", "-compression_level", "2", "-f", "ogg"], ["-c:a", "aac", "-b:a", "96k", "-f", "adts"],
    ["-ar", "8000", "-c:a", "pcm_s16le", "-f", "wav"],
    ["-c:a", "libopus", "-b:a", "16k", "-compression_level", "2", "-f", "ogg"],
    ["-c:a", "libopus", "-b:a", "28k", "-compression_level", "2", "-f", "ogg"],
    ["-c:a", "aac", "-b:a", "24k", "-f", "adts"], ["-c:a", "aac", "-b:a", "48k", "-f", "adts"],
    ["-ar", "8000", "-c:a", "libgsm_ms", "-f", "wav"], ["-ar", "8000", "-c:a", "pcm_mulaw", "-f", "wav"],
    ["-ar", "8000", "-c:a", "libspeex", "-b:a", "8k", "-f", "ogg"], ["-c:a", "libvorbis", "-q:a", "-1", "-f", "ogg"],
    ["-ar", "8000", "-c:a", "libmp3lame", "-b:a", "16k", "-f", "mp3"], ["-c:a", "adpcm_ms", "-f", "wav"],
]


def rms(samples: np.ndarray) -> float:
    """Root mean square over the louder half of 50 ms blocks, so that pauses do not count."""
    blocks = (samples[: len(samples) // 800 * 800].reshape(-1, 800) ** 2).mean(axis=1)
    return float(np.sqrt(np.sort(blocks)[len(blocks) // 2:].mean() + 1e-12))


def room_bank(rng, count=160) -> np.ndarray:
    """Spectra [count, PADDED / 2 + 1] of synthetic rooms: direct sound, reflections, coloured tail."""
    rooms = np.zeros((count, PADDED // 2 + 1), np.complex64)
    for index in range(count):
        decay = np.exp(rng.uniform(np.log(0.08), np.log(1.4)))  # RT60 in seconds
        length = min(int(decay * SAMPLE_RATE), PADDED - 39000)
        time = np.arange(length) / SAMPLE_RATE
        tail = rng.standard_normal(length) * 10 ** (-3 * time / decay)
        tail[: int(rng.uniform(0.001, 0.02) * SAMPLE_RATE)] *= 0.1
        tail = np.convolve(tail, [1, rng.uniform(0, 0.9)], mode="same")
        tail *= 10 ** (-rng.uniform(-4, 14) / 20) / (np.sqrt((tail ** 2).sum()) + 1e-9)
        for _ in range(int(rng.integers(2, 9))):
            tail[int(rng.integers(10, min(900, length)))] += rng.uniform(-0.4, 0.4)
        tail[0] = 1.0
        rooms[index] = scipy.fft.rfft(tail.astype(np.float32), PADDED)
    return rooms


def random_response(rng) -> np.ndarray:
    """Magnitude response [PADDED / 2 + 1]: a smooth equaliser, sometimes a band limit."""
    frequency = np.maximum(np.arange(PADDED // 2 + 1) * SAMPLE_RATE / PADDED, 10)
    octaves = np.log2(frequency / 1000)
    knots = np.linspace(-6.7, 3.1, 8)
    decibels = np.interp(octaves, knots, rng.normal(0, rng.uniform(0, 7), 8)) + rng.normal(0, 1.5) * octaves
    kind = rng.random()
    if kind < 0.15:  # telephone
        low, high = rng.uniform(150, 400), rng.uniform(2800, 3900)
    elif kind < 0.35:
        low, high = rng.uniform(20, 120), np.exp(rng.uniform(np.log(1800), np.log(7000)))
    elif kind < 0.45:  # small loudspeaker
        low, high = rng.uniform(200, 700), 9000
    else:
        low, high = 1, 9000
    decibels -= rng.uniform(12, 48) * np.maximum(np.log2(frequency / high), 0) * 2
    decibels -= rng.uniform(12, 36) * np.maximum(np.log2(low / frequency), 0)
    return 10 ** (np.clip(decibels, -90, 30) / 20).astype(np.float32)


def change_speed(samples: np.ndarray, length: int) -> np.ndarray:
    """Fourier resampling to `length` samples: pitch and tempo move together."""
    return scipy.fft.irfft(scipy.fft.rfft(samples)[: length // 2 + 1], length).astype(np.float32) * (length / len(samples))


def degrade(rng, samples: np.ndarray, rooms: np.ndarray, responses: list[np.ndarray]) -> np.ndarray:
    """Room, equaliser, floor noise, clipping or companding; the length stays."""
    if rng.random() < 0.85:
        spectrum = scipy.fft.rfft(samples, PADDED)
        if rng.random() < 0.7:
            spectrum = spectrum * responses[rng.integers(len(responses))]
        if rng.random() < 0.35:
            spectrum = spectrum * rooms[rng.integers(len(rooms))]
        samples = scipy.fft.irfft(spectrum, PADDED)[: len(samples)].astype(np.float32)
    level = rms(samples)
    if rng.random() < 0.3:  # a steady floor: hiss or hum
        hiss = rng.standard_normal(len(samples)).astype(np.float32)
        if rng.random() < 0.5:
            hiss = np.cumsum(hiss) * 0.05
            hiss -= np.convolve(hiss, np.ones(400) / 400, mode="same")
        samples = samples + hiss / (hiss.std() + 1e-9) * level * 10 ** (-rng.uniform(8, 45) / 20)
    kind = rng.random()
    if kind < 0.12:  # overdrive
        limit = level * rng.uniform(0.8, 3.5)
        samples = np.clip(samples, -limit, limit) if rng.random() < 0.5 else np.tanh(samples / limit) * limit
    elif kind < 0.2:  # very quiet: quantised at 16 bits
        step = level / np.exp(rng.uniform(np.log(3), np.log(100)))
        samples = np.round(samples / step) * step
    if rng.random() < 0.15:  # a converter's offset
        samples = samples + level * rng.uniform(-3, 3)
    return samples.astype(np.float32)


def random_level(rng, samples: np.ndarray) -> np.ndarray:
    """From full scale down to 45 dB under the level that the composer mixes at: what is left of 16 bits, and of the front end's floor."""
    scaled = samples * 10 ** (rng.uniform(-45, 12) / 20)
    return (np.round(np.clip(scaled, -1, 1) * 32767) / 32767).astype(np.float32)


def through_codec(rng, clips: list[np.ndarray], arguments: list[str] | None = None) -> list[np.ndarray]:
    """All clips end to end through one lossy codec and back; lengths stay, alignment within some ms."""
    arguments = arguments or CODECS[rng.integers(len(CODECS))]
    gap = np.zeros(1600, np.float32)
    peaks = [np.abs(clip).max() + 1e-9 for clip in clips]
    joined = np.concatenate([part for clip, peak in zip(clips, peaks) for part in (clip / peak * 0.7, gap)])
    raw = ["-f", "f32le", "-ar", str(SAMPLE_RATE), "-ac", "1"]
    quiet = ["ffmpeg", "-v", "error", "-threads", "1"]
    coded = subprocess.run(quiet + raw + ["-i", "-"] + arguments + ["-"], input=joined.astype("<f4").tobytes(),
                           capture_output=True, check=True).stdout
    plain = subprocess.run(quiet + ["-i", "-"] + raw + ["-"], input=coded, capture_output=True, check=True).stdout
    decoded = np.frombuffer(plain, "<f4")
    decoded = np.pad(decoded, (0, max(0, len(joined) - len(decoded))))
    out, at = [], 0
    for clip, peak in zip(clips, peaks):
        out.append(decoded[at:at + len(clip)] / 0.7 * peak)
        at += len(clip) + len(gap)
    return out
