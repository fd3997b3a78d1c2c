/*
 * Mixing down and resampling.
 *
 * Channels are averaged, as SpeechBrain does. Where the average has lost most of what the channels hold (a cable
 * with swapped wires, one microphone of two inverted), the louder channel is taken instead. That is judged by hops of
 * 20 ms, each by the 200 ms that begin with it, and a change is faded over one hop.
 *
 * The resampler is torchaudio's `Resample` with its defaults (windowed sinc, Hann window, lowpass_filter_width 6,
 * rolloff 0.99), as SpeechBrain uses it. With o = from / gcd, n = to / gcd, base = 0.99 min(o, n) and
 * width = ceil(6 o / base), output sample m = f n + i is
 *
 *   sum over j in [0, 2 width + o) of  kernel[i][j] * x[f o + j - width]      (x is 0 outside the input)
 *   kernel[i][j] = (base / o) cos(pi t / 12)^2 sinc(t),  t = clamp((-i/n + (j - width)/o) base, -6, 6)
 *
 * and ceil(n length / o) samples come out. Coefficients are computed in float64, but for -i/n, which torchaudio
 * rounds to float32, and then stored as float32. Most of them are zero: only the others are kept.
 */
#include "mono.h"
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum {
    OUTPUT_RATE = 16000,
    LOWPASS_FILTER_WIDTH = 6,
    HOPS_PER_SECOND = 50,
    HOPS_AHEAD = 9,
    HOPS = HOPS_AHEAD + 1,
    LANES = 4,
};

static const double ROLLOFF = 0.99;
/*
 * The average's power over what channels that have nothing in common would keep of theirs: 1 for those, the number of
 * channels for equal ones, 0 for opposite ones. Under the first they cancel: an inverted copy that is 3 dB softer keeps
 * 0.06, wide stereo with 12 dB more side than mid 0.12. The second ends it.
 */
static const double CANCELS_UNDER = 0.07, ADDS_UP_OVER = 0.2;
/* Mean square (-90 dBFS) below which hops are too quiet to be judged. */
static const double QUIET = 1e-9;
/* Another channel must be louder by 6 dB to be taken instead. */
static const double CLEARLY_LOUDER = 4;

typedef float f32x4 __attribute__((vector_size(16), aligned(4)));

typedef struct { float *values; int length, capacity; } Floats;

static int reserve(Floats *floats, int more)
{
    int needed = floats->length + more;
    float *values;
    if (needed <= floats->capacity)
        return 1;
    needed += needed / 2;
    values = realloc(floats->values, (size_t)needed * sizeof *values);
    if (!values)
        return 0;
    floats->values = values;
    floats->capacity = needed;
    return 1;
}

static void drop(Floats *floats, int count)
{
    floats->length -= count;
    memmove(floats->values, floats->values + count, (size_t)floats->length * sizeof *floats->values);
}

static Floats output;

/* ---- Resampling ---- */

static struct {
    int rate;                 /* of the input; 0 before the first run */
    int o, n, taps;           /* taps: a multiple of LANES, the last ones zero */
    float *coefficients;      /* n x taps */
    int *offsets;             /* n: each phase's first tap relative to input sample f o */
    int look_behind, look_ahead;
    Floats held;              /* input from sample `held_start` on */
    int64_t held_start, input_length, made;
} resampler;

static int greatest_common_divisor(int a, int b) { return b == 0 ? a : greatest_common_divisor(b, a % b); }

static double windowed_sinc(double t)
{
    double window;
    if (fabs(t) >= LOWPASS_FILTER_WIDTH)
        return 0;
    window = cos(M_PI * t / LOWPASS_FILTER_WIDTH / 2);
    return window * window * (t == 0 ? 1 : sin(M_PI * t) / (M_PI * t));
}

static int make_coefficients(int rate)
{
    int divisor = greatest_common_divisor(rate, OUTPUT_RATE);
    int o = rate / divisor, n = OUTPUT_RATE / divisor;
    double base = (o < n ? o : n) * ROLLOFF;
    int width = (int)ceil(LOWPASS_FILTER_WIDTH * o / base);
    /* |t| < 6 holds for fewer than 12 o / base neighbouring taps; torchaudio's other taps are zeros. */
    int needed = (int)ceil(2 * LOWPASS_FILTER_WIDTH * o / base) + 1;
    int taps = (needed + LANES - 1) / LANES * LANES;
    int least = 0, most = 0;

    free(resampler.coefficients);
    free(resampler.offsets);
    resampler.coefficients = malloc((size_t)n * taps * sizeof(float));
    resampler.offsets = malloc((size_t)n * sizeof(int));
    if (!resampler.coefficients || !resampler.offsets)
        return 0;
    for (int i = 0; i < n; i++) {
        double shift = (float)(-(double)i / n);
        int first = (int)ceil((-LOWPASS_FILTER_WIDTH / base - shift) * o);
        if (first < -width)
            first = -width;
        for (int tap = 0; tap < taps; tap++) {
            double t = (shift + (double)(first + tap) / o) * base;
            resampler.coefficients[(size_t)i * taps + tap] = (float)(base / o * windowed_sinc(t));
        }
        resampler.offsets[i] = first;
        least = first < least ? first : least;
        most = first > most ? first : most;
    }
    resampler.o = o;
    resampler.n = n;
    resampler.taps = taps;
    resampler.look_behind = -least;
    resampler.look_ahead = most + taps;
    return 1;
}

/* The zeros before the input are held like any other samples. */
static enum MonoStatus begin_resampling(int rate)
{
    if (resampler.rate != rate && rate != OUTPUT_RATE && !make_coefficients(rate))
        return MONO_NO_MEMORY;
    resampler.rate = rate;
    resampler.held.length = 0;
    resampler.input_length = resampler.made = 0;
    if (rate == OUTPUT_RATE)
        return MONO_OK;
    if (!reserve(&resampler.held, resampler.look_behind))
        return MONO_NO_MEMORY;
    resampler.held.length = resampler.look_behind;
    memset(resampler.held.values, 0, (size_t)resampler.look_behind * sizeof(float));
    resampler.held_start = -resampler.look_behind;
    return MONO_OK;
}

static float weighted_sum(const float *coefficients, const float *samples, int taps)
{
    /* Two sums at once: each addition alone would wait for the one before it. */
    f32x4 even = {0}, odd = {0};
    int tap = 0;
    for (; tap + 2 * LANES <= taps; tap += 2 * LANES) {
        even += *(const f32x4 *)(coefficients + tap) * *(const f32x4 *)(samples + tap);
        odd += *(const f32x4 *)(coefficients + tap + LANES) * *(const f32x4 *)(samples + tap + LANES);
    }
    if (tap < taps)
        even += *(const f32x4 *)(coefficients + tap) * *(const f32x4 *)(samples + tap);
    even += odd;
    return (even[0] + even[1]) + (even[2] + even[3]);
}

static enum MonoStatus make_until(int64_t end)
{
    int64_t turn = resampler.made / resampler.n;
    int phase = (int)(resampler.made - turn * resampler.n);
    int64_t count = end - resampler.made, drop_before;
    const float *held = resampler.held.values - resampler.held_start;
    float *to;

    if (count > 0) {
        if (!reserve(&output, (int)count))
            return MONO_NO_MEMORY;
        to = output.values + output.length;
        for (int64_t k = 0; k < count; k++) {
            const float *from = held + turn * resampler.o + resampler.offsets[phase];
            to[k] = weighted_sum(resampler.coefficients + (size_t)phase * resampler.taps, from, resampler.taps);
            if (++phase == resampler.n) {
                phase = 0;
                turn++;
            }
        }
        output.length += (int)count;
        resampler.made = end;
    }
    drop_before = turn * resampler.o - resampler.look_behind - resampler.held_start;
    if (drop_before > resampler.held.length)
        drop_before = resampler.held.length;
    /* Moving little at a time would cost more than holding some more. */
    if (drop_before > resampler.held.length / 2) {
        drop(&resampler.held, (int)drop_before);
        resampler.held_start += drop_before;
    }
    return MONO_OK;
}

static enum MonoStatus append(Floats *floats, const float *samples, int count)
{
    if (!reserve(floats, count))
        return MONO_NO_MEMORY;
    if (samples)
        memcpy(floats->values + floats->length, samples, (size_t)count * sizeof *samples);
    else
        memset(floats->values + floats->length, 0, (size_t)count * sizeof *samples);
    floats->length += count;
    return MONO_OK;
}

static enum MonoStatus resample(const float *samples, int count)
{
    int64_t turns;
    resampler.input_length += count;
    if (resampler.rate == OUTPUT_RATE)
        return append(&output, samples, count);
    if (append(&resampler.held, samples, count) != MONO_OK)
        return MONO_NO_MEMORY;
    /* Turn f is decided once all of its taps have their input. */
    turns = (resampler.input_length - resampler.look_ahead) / resampler.o + 1;
    return resampler.input_length < resampler.look_ahead ? MONO_OK : make_until(turns * resampler.n);
}

static enum MonoStatus end_resampling(void)
{
    int64_t length;
    if (resampler.rate == 0 || resampler.rate == OUTPUT_RATE)
        return MONO_OK;
    length = (resampler.n * resampler.input_length + resampler.o - 1) / resampler.o;
    if (append(&resampler.held, NULL, resampler.look_ahead + resampler.o) != MONO_OK)
        return MONO_NO_MEMORY;
    return make_until(length);
}

/* ---- Mixing ---- */

typedef struct {
    int length;     /* samples; less than the mixer's hop in the last one of a run alone */
    double held;    /* mean of the channels' energies, each about its own mean */
    double mixed;   /* the average's energy about its mean */
    double energies[MONO_MAX_CHANNELS];
} Hop;

static struct {
    int channels, rate, hop_samples;
    float *planes;    /* HOPS x (channels + 1) x hop_samples; the last plane of a hop is the average */
    float *faded;     /* hop_samples */
    Hop hops[HOPS];   /* a ring */
    int first, count; /* complete hops that wait */
    int filled;       /* samples in the hop that comes after them */
    int taken;        /* the channel that came out last, or MONO_MIX */
} mixer;

static double opposite_seconds;

static float *plane_of(int hop, int channel)
{
    return mixer.planes + ((size_t)hop * (mixer.channels + 1) + channel) * mixer.hop_samples;
}

static enum MonoStatus begin_mixing(int channels, int rate)
{
    int hop_samples = rate / HOPS_PER_SECOND;
    free(mixer.planes);
    free(mixer.faded);
    mixer.planes = malloc((size_t)HOPS * (channels + 1) * hop_samples * sizeof(float));
    mixer.faded = malloc((size_t)hop_samples * sizeof(float));
    if (!mixer.planes || !mixer.faded)
        return MONO_NO_MEMORY;
    mixer.channels = channels;
    mixer.rate = rate;
    mixer.hop_samples = hop_samples;
    mixer.first = mixer.count = mixer.filled = 0;
    mixer.taken = MONO_MIX;
    return MONO_OK;
}

/* The sum of squares about the mean: a constant offset is no sound. */
static double energy(const float *samples, int count)
{
    f32x4 sums = {0}, squares = {0};
    double sum, square;
    int i = 0;
    for (; i + LANES <= count; i += LANES) {
        f32x4 x = *(const f32x4 *)(samples + i);
        sums += x;
        squares += x * x;
    }
    sum = (double)sums[0] + sums[1] + sums[2] + sums[3];
    square = (double)squares[0] + squares[1] + squares[2] + squares[3];
    for (; i < count; i++) {
        sum += samples[i];
        square += (double)samples[i] * samples[i];
    }
    square -= sum * sum / count;
    return square > 0 ? square : 0;
}

static void average(float *to, int slot, int count)
{
    const float *a = plane_of(slot, 0), *b = plane_of(slot, 1);
    if (mixer.channels == 2) {
        for (int i = 0; i < count; i++)
            to[i] = (a[i] + b[i]) * 0.5f;
        return;
    }
    for (int i = 0; i < count; i++) {
        double sum = 0;
        for (int channel = 0; channel < mixer.channels; channel++)
            sum += plane_of(slot, channel)[i];
        to[i] = (float)(sum / mixer.channels);
    }
}

static void measure(int slot, int count)
{
    Hop *hop = &mixer.hops[slot];
    float *mixed = plane_of(slot, mixer.channels);
    average(mixed, slot, count);
    hop->length = count;
    hop->mixed = energy(mixed, count);
    hop->held = 0;
    for (int channel = 0; channel < mixer.channels; channel++) {
        hop->energies[channel] = energy(plane_of(slot, channel), count);
        hop->held += hop->energies[channel] / mixer.channels;
    }
}

static double kept(double mixed, double held) { return mixer.channels * mixed / held; }

/* Before the channels add up again, the hop itself must: those that still cancel would fall silent. */
static int adds_up(double mixed, double held)
{
    const Hop *hop = &mixer.hops[mixer.first];
    return kept(mixed, held) > ADDS_UP_OVER &&
           (hop->held <= QUIET * hop->length || kept(hop->mixed, hop->held) > ADDS_UP_OVER);
}

/* What is to come out of the first hop that waits: MONO_MIX, or a channel. */
static int judge(void)
{
    double held = 0, mixed = 0, samples = 0, energies[MONO_MAX_CHANNELS] = {0};
    int loudest = 0;

    for (int i = 0; i < mixer.count; i++) {
        const Hop *hop = &mixer.hops[(mixer.first + i) % HOPS];
        held += hop->held;
        mixed += hop->mixed;
        samples += hop->length;
        for (int channel = 0; channel < mixer.channels; channel++)
            energies[channel] += hop->energies[channel];
    }
    if (held <= QUIET * samples)
        return mixer.taken;
    if (mixer.taken == MONO_MIX ? kept(mixed, held) > CANCELS_UNDER : adds_up(mixed, held))
        return MONO_MIX;
    for (int channel = 1; channel < mixer.channels; channel++)
        if (energies[channel] > energies[loudest])
            loudest = channel;
    if (mixer.taken != MONO_MIX && energies[loudest] < CLEARLY_LOUDER * energies[mixer.taken])
        return mixer.taken;
    return loudest;
}

static enum MonoStatus emit_hop(void)
{
    int slot = mixer.first, count = mixer.hops[slot].length;
    int before = mixer.taken, now = judge();
    const float *from = plane_of(slot, before == MONO_MIX ? mixer.channels : before);
    const float *to = plane_of(slot, now == MONO_MIX ? mixer.channels : now);

    mixer.first = (slot + 1) % HOPS;
    mixer.count--;
    if (now != MONO_MIX)
        opposite_seconds += (double)count / mixer.rate;
    /* A run may begin with either: there is nothing to fade from. */
    if (now == before || resampler.input_length == 0) {
        mixer.taken = now;
        return resample(to, count);
    }
    for (int i = 0; i < count; i++)
        mixer.faded[i] = from[i] + (to[i] - from[i]) * ((i + 1.0f) / count);
    mixer.taken = now;
    return resample(mixer.faded, count);
}

static enum MonoStatus mix(const float *planes, int channels, int samples, int stride)
{
    enum MonoStatus status = MONO_OK;
    for (int at = 0; at < samples && status == MONO_OK;) {
        int slot = (mixer.first + mixer.count) % HOPS;
        int part = mixer.hop_samples - mixer.filled;
        if (part > samples - at)
            part = samples - at;
        for (int channel = 0; channel < channels; channel++)
            memcpy(plane_of(slot, channel) + mixer.filled, planes + (size_t)channel * stride + at,
                   (size_t)part * sizeof *planes);
        at += part;
        mixer.filled += part;
        if (mixer.filled < mixer.hop_samples)
            continue;
        measure(slot, mixer.hop_samples);
        mixer.filled = 0;
        if (++mixer.count == HOPS)
            status = emit_hop();
    }
    return status;
}

static enum MonoStatus end_mixing(void)
{
    enum MonoStatus status = MONO_OK;
    if (mixer.filled > 0) {
        measure((mixer.first + mixer.count) % HOPS, mixer.filled);
        mixer.count++;
    }
    while (mixer.count > 0 && status == MONO_OK)
        status = emit_hop();
    mixer.channels = mixer.filled = 0;
    return status;
}

/* ---- Both ---- */

enum MonoStatus mono_push(const float *planes, int channels, int samples, int rate, int choice)
{
    int is_mixed = choice == MONO_MIX && channels > 1;
    enum MonoStatus status = MONO_OK;

    if (choice >= channels)
        return MONO_NO_SUCH_CHANNEL;
    if (mixer.channels != 0 && (!is_mixed || channels != mixer.channels || rate != resampler.rate))
        status = end_mixing();
    if (status == MONO_OK && rate != resampler.rate) {
        status = end_resampling();
        if (status == MONO_OK)
            status = begin_resampling(rate);
    }
    if (status == MONO_OK && is_mixed && mixer.channels == 0)
        status = begin_mixing(channels, rate);
    if (status != MONO_OK)
        return status;
    if (is_mixed)
        return mix(planes, channels, samples, samples);
    return resample(planes + (size_t)(choice == MONO_MIX ? 0 : choice) * samples, samples);
}

enum MonoStatus mono_end_run(void)
{
    enum MonoStatus status = end_mixing();
    if (status == MONO_OK)
        status = end_resampling();
    return status == MONO_OK && resampler.rate != 0 ? begin_resampling(resampler.rate) : status;
}

const float *mono_output(void) { return output.values; }
int mono_output_length(void) { return output.length; }
void mono_take(int samples) { drop(&output, samples); }
double mono_opposite_seconds(void) { return opposite_seconds; }
