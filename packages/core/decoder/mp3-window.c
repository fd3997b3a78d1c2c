/*
 * The window of MP3's synthesis filter, four samples at a time. FFmpeg has it in assembler for processors; in portable C
 * it took half of the time that decoding MP3 took. The linker puts this in the place of FFmpeg's function (build.sh).
 * Each sample is summed in FFmpeg's order, so that not a bit of the result differs.
 *
 * After libavcodec/mpegaudiodsp_template.c of FFmpeg, and under its licence, LGPL-2.1-or-later.
 */
#include <stddef.h>
#include <string.h>
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

/* Samples first to first + 3, and their mirror images 32 - first - 3 to 32 - first. */
static void four_and_mirrored(const float *synth, const float *window, int first, v128_t *four, v128_t *mirrored)
{
    const float *rising = synth + 16 + first;
    const float *falling = synth + 48 - first - 3;
    const float *opposite = window + 32 - first - 3;

    for (int tap = 0; tap < TAPS * STEP; tap += STEP) {
        v128_t values = wasm_v128_load(rising + tap);
        *four = add_product(*four, wasm_v128_load(window + first + tap), values);
        *mirrored = subtract_product(*mirrored, wasm_v128_load(opposite + tap), reversed(values));
    }
    for (int tap = 0; tap < TAPS * STEP; tap += STEP) {
        v128_t values = wasm_v128_load(falling + tap);
        *four = subtract_product(*four, wasm_v128_load(window + 32 + first + tap), reversed(values));
        *mirrored = subtract_product(*mirrored, wasm_v128_load(opposite + 32 + tap), values);
    }
}

void __wrap_ff_mpadsp_apply_window_float(float *synth, float *window, int *dither, float *samples, ptrdiff_t stride)
{
    if (stride != 1) {
        __real_ff_mpadsp_apply_window_float(synth, window, dither, samples, stride);
        return;
    }
    /* As FFmpeg does: the buffer is a ring. */
    memcpy(synth + 512, synth, 32 * sizeof(*synth));

    for (int first = 0; first < 16; first += 4) {
        v128_t four = wasm_f32x4_make(first == 0 ? *dither : 0, 0, 0, 0);
        v128_t mirrored = wasm_f32x4_splat(0);

        four_and_mirrored(synth, window, first, &four, &mirrored);
        wasm_v128_store(samples + first, four);
        if (first > 0) {
            wasm_v128_store(samples + 32 - first - 3, mirrored);
        } else { /* there is no sample 32 */
            samples[29] = wasm_f32x4_extract_lane(mirrored, 0);
            samples[30] = wasm_f32x4_extract_lane(mirrored, 1);
            samples[31] = wasm_f32x4_extract_lane(mirrored, 2);
        }
    }
    float middle = 0;
    for (int tap = 0; tap < TAPS * STEP; tap += STEP)
        middle -= window[16 + 32 + tap] * synth[32 + tap];
    samples[16] = middle;
    *dither = 0;
}
