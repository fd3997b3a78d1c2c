/*
 * The window of MP3's synthesis filter, four samples at a time. FFmpeg has it in assembler for processors; in portable C
 * it took half of the time that decoding MP3 took. The linker puts this in the place of FFmpeg's function (build.sh).
 * Each sample is summed in FFmpeg's order, so that not a bit of the result differs.
 *
 * After libavcodec/mpegaudiodsp_template.c of FFmpeg, and under its licence, LGPL-2.1-or-later.
 */
#include <stddef.h>
#include <wasm_simd128.h>

#define TAPS 8
#define STEP 64

void __real_ff_mpadsp_apply_window_float(float *synth, float *window, int *dither, float *samples, ptrdiff_t stride);

static v128_t reversed(v128_t lanes)
{
    return wasm_i32x4_shuffle(lanes, lanes, 3, 2, 1, 0);
}

static v128_t add_product(v128_t sum, v128_t a, v128_t b)
{
    return wasm_f32x4_add(sum, wasm_f32x4_mul(a, b));
}

static v128_t subtract_product(v128_t sum, v128_t a, v128_t b)
{
    return wasm_f32x4_sub(sum, wasm_f32x4_mul(a, b));
}

/* Sums of samples `first` to `first` + 3, and of their mirror images 32 - first - 3 to 32 - first. */
struct sums {
    v128_t four, mirrored;
};

static inline __attribute__((always_inline)) void add_taps(struct sums *sums, const float *synth, const float *window, int first)
{
    v128_t rising = wasm_v128_load(synth + 16 + first);

    sums->four = add_product(sums->four, wasm_v128_load(window + first), rising);
    sums->mirrored = subtract_product(sums->mirrored, wasm_v128_load(window + 32 - first - 3), reversed(rising));
}

static inline __attribute__((always_inline)) void subtract_taps(struct sums *sums, const float *synth, const float *window, int first)
{
    v128_t falling = wasm_v128_load(synth + 48 - first - 3);

    sums->four = subtract_product(sums->four, wasm_v128_load(window + 32 + first), reversed(falling));
    sums->mirrored = subtract_product(sums->mirrored, wasm_v128_load(window + 32 + 32 - first - 3), falling);
}

void __wrap_ff_mpadsp_apply_window_float(float *synth, float *window, int *dither, float *samples, ptrdiff_t stride)
{
    if (stride != 1) {
        __real_ff_mpadsp_apply_window_float(synth, window, dither, samples, stride);
        return;
    }
    /* As FFmpeg does: the buffer is a ring. */
    for (int sample = 0; sample < 32; sample += 4) /* memcpy is a call */
        wasm_v128_store(synth + 512 + sample, wasm_v128_load(synth + sample));

    /* All at once: a sum's next addition waits for the one before it, those of other samples do not. */
    struct sums sums[4] = {0};
    sums[0].four = wasm_f32x4_make(*dither, 0, 0, 0);
    for (int tap = 0; tap < TAPS * STEP; tap += STEP)
        _Pragma("clang loop unroll(full)") for (int i = 0; i < 4; i++)
            add_taps(sums + i, synth + tap, window + tap, 4 * i);
    for (int tap = 0; tap < TAPS * STEP; tap += STEP)
        _Pragma("clang loop unroll(full)") for (int i = 0; i < 4; i++)
            subtract_taps(sums + i, synth + tap, window + tap, 4 * i);
    for (int i = 0; i < 4; i++) {
        wasm_v128_store(samples + 4 * i, sums[i].four);
        if (i > 0)
            wasm_v128_store(samples + 32 - 4 * i - 3, sums[i].mirrored);
    }
    /* There is no sample 32. */
    samples[29] = wasm_f32x4_extract_lane(sums[0].mirrored, 0);
    samples[30] = wasm_f32x4_extract_lane(sums[0].mirrored, 1);
    samples[31] = wasm_f32x4_extract_lane(sums[0].mirrored, 2);
    float middle = 0;
    for (int tap = 0; tap < TAPS * STEP; tap += STEP)
        middle -= window[16 + 32 + tap] * synth[32 + tap];
    samples[16] = middle;
    *dither = 0;
}
