"""Random short scores rendered with fluidsynth over the General MIDI instruments."""
import subprocess
import tempfile
from pathlib import Path

import numpy as np
import soundfile

SCALES = [[0, 2, 4, 5, 7, 9, 11], [0, 2, 3, 5, 7, 8, 10], [0, 2, 3, 5, 7, 9, 10], [0, 1, 4, 5, 7, 8, 10],
          [0, 2, 4, 7, 9], [0, 3, 5, 6, 7, 10], [0, 2, 4, 6, 7, 9, 11], [0, 1, 3, 5, 7, 8, 10]]
VOCAL_PROGRAMS = [52, 53, 54, 85, 91]
REED_PROGRAMS = list(range(64, 80)) + list(range(40, 47)) + list(range(104, 112))
EFFECT_PROGRAMS = list(range(120, 128))
TICKS = 120


def variable_length(value: int) -> bytes:
    out = [value & 0x7F]
    while value := value >> 7:
        out.append(0x80 | value & 0x7F)
    return bytes(reversed(out))


def standard_midi_file(events: list[tuple[float, bytes]], beats_per_minute: float) -> bytes:
    """Events at times in beats -> a format 0 file."""
    track = b"\x00\xff\x51\x03" + int(6e7 / beats_per_minute).to_bytes(3, "big")
    now = 0
    for beat, message in sorted(events, key=lambda e: (e[0], e[1][0] & 0xF0 == 0x90)):
        tick = int(beat * TICKS)
        track += variable_length(tick - now) + message
        now = tick
    track += b"\x00\xff\x2f\x00"
    header = b"MThd" + (6).to_bytes(4, "big") + (0).to_bytes(2, "big") + (1).to_bytes(2, "big") + TICKS.to_bytes(2, "big")
    return header + b"MTrk" + len(track).to_bytes(4, "big") + track


def note(events, channel, pitch, start, beats, velocity):
    pitch, velocity = int(np.clip(pitch, 12, 115)), int(np.clip(velocity, 20, 127))
    events.append((start, bytes([0x90 | channel, pitch, velocity])))
    events.append((start + beats * 0.97, bytes([0x80 | channel, pitch, 0])))


def melody(rng, events, channel, scale, root, beats):
    beat, degree = 0.0, int(rng.integers(0, 7))
    step = rng.choice([0.25, 0.5, 1.0, 2.0], p=[0.25, 0.4, 0.25, 0.1])
    while beat < beats:
        length = step * rng.choice([0.5, 1, 1, 1, 2])
        if rng.random() > 0.12:
            degree = int(np.clip(degree + rng.integers(-3, 4), -7, 14))
            octave, index = divmod(degree, len(scale))
            pitch = root + 12 * octave + scale[index]
            note(events, channel, pitch, beat, length, rng.normal(90, 18))
            if rng.random() < 0.25:  # vibrato or slide by pitch bend
                for k in range(6):
                    bend = int(8192 + 1800 * np.sin(2.2 * k) * rng.random())
                    events.append((beat + length * (0.3 + 0.1 * k), bytes([0xE0 | channel, bend & 127, bend >> 7])))
                events.append((beat + length, bytes([0xE0 | channel, 0, 64])))
        beat += length


def chords(rng, events, channel, scale, root, beats, arpeggio):
    beat = 0.0
    bar = rng.choice([1, 2, 4])
    while beat < beats:
        degree = int(rng.integers(0, len(scale)))
        pitches = []
        for third in range(int(rng.integers(3, 5))):
            octave, index = divmod(degree + 2 * third, len(scale))
            pitches.append(root + 12 * octave + scale[index])
        if arpeggio:
            for k in range(int(bar * 4)):
                note(events, channel, pitches[k % len(pitches)], beat + k * 0.25, 0.3, rng.normal(80, 12))
        else:
            for pitch in pitches:
                note(events, channel, pitch, beat, bar, rng.normal(75, 12))
        beat += bar


def drums(rng, events, beats):
    kit = [36, 38, 42, 46, 49, 45, 47, 39, 54, 56, 60, 61, 62, 63, 64, 67, 70, 75, 76, 85]
    pattern = [(k, rng.choice(kit[:5] if rng.random() < 0.6 else kit), rng.random()) for k in range(16) if rng.random() < 0.55]
    for bar in np.arange(0, beats, 4.0):
        for k, key, accent in pattern:
            if rng.random() < 0.93:
                note(events, 9, int(key), bar + k * 0.25, 0.2, 60 + 60 * accent)


def random_score(rng, kind: str) -> bytes:
    events: list[tuple[float, bytes]] = []
    tempo = rng.uniform(60, 170)
    beats = 20 * tempo / 60
    scale, root = SCALES[rng.integers(len(SCALES))], int(rng.integers(48, 72))

    def program(channel):
        pools = [list(range(120)), VOCAL_PROGRAMS, REED_PROGRAMS, list(range(0, 8)) + list(range(24, 32))]
        number = int(rng.choice(pools[rng.choice(4, p=[0.4, 0.15, 0.25, 0.2])]))
        events.append((0.0, bytes([0xC0 | channel, number])))

    if kind == "effect":
        events.append((0.0, bytes([0xC0, int(rng.choice(EFFECT_PROGRAMS))])))
        for beat in np.arange(0, beats, rng.uniform(1, 6)):
            note(events, 0, int(rng.integers(40, 80)), beat, rng.uniform(1, 6), 100)
        return standard_midi_file(events, tempo)
    if kind in ("solo", "band"):
        program(0)
        melody(rng, events, 0, scale, root, beats)
    if kind == "chords" or kind == "band":
        program(1)
        chords(rng, events, 1, scale, root - 12, beats, rng.random() < 0.4)
    if kind == "band":
        program(2)
        melody(rng, events, 2, scale, root - 24, beats)
    if kind == "drums" or (kind == "band" and rng.random() < 0.7):
        drums(rng, events, beats)
    return standard_midi_file(events, tempo)


def render(score: bytes, soundfont: Path) -> np.ndarray:
    """Score -> int16 mono samples at 16 kHz."""
    with tempfile.TemporaryDirectory() as folder:
        midi, wave = Path(folder) / "score.mid", Path(folder) / "score.wav"
        midi.write_bytes(score)
        # Loads only the samples that the score needs, not the whole soundfont.
        options = ["-ni", "-q", "-o", "synth.dynamic-sample-loading=1", "-r", "32000", "-g", "0.5", "-O", "s16"]
        subprocess.run(["fluidsynth", *options, "-F", str(wave), str(soundfont), str(midi)], check=True,
                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        samples, _ = soundfile.read(wave, dtype="float32")
    mono = samples.mean(axis=1)[: 22 * 32000]
    spectrum = np.fft.rfft(mono[: len(mono) // 2 * 2])
    halved = np.fft.irfft(spectrum[: len(mono) // 4 + 1], len(mono) // 2) / 2
    peak = np.abs(halved).max() + 1e-9
    return (halved / peak * 20000).astype(np.int16)
