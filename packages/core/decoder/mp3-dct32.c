/*
 * The cosine transform of MP3's synthesis filter, for four points of time at once: one in each lane of WebAssembly's vectors.
 * FFmpeg has it in assembler for processors; in portable C it is computed one after the other. The linker puts this filter
 * in the place of FFmpeg's (build.sh). Each value is computed by FFmpeg's steps, so that not a bit of the result differs.
 *
 * After libavcodec/dct32_template.c and mpegaudiodsp_template.c of FFmpeg, and under its licence, LGPL-2.1-or-later.
 */
#include <stddef.h>
#include <wasm_simd128.h>

#define BANDS 32
#define LANES 4
#define RING 512

void ff_mpadsp_apply_window_float(float *synth, float *window, int *dither, float *samples, ptrdiff_t stride);

/* 1 / (2 cos(pi (2 k + 1) / (2 width))) for widths of 32, 16, 8, 4 and 2. */
static const float COSINES[31] = {
    0.50060299823519630134, 0.50547095989754365998, 0.51544730992262454697, 0.53104259108978417447,
    0.55310389603444452782, 0.58293496820613387367, 0.62250412303566481615, 0.67480834145500574602,
    0.74453627100229844977, 0.83934964541552703873, 0.97256823786196069369, 1.16943993343288495515,
    1.48416461631416627724, 2.05778100995341155085, 3.40760841846871878570, 10.19000812354805681150,
    0.50241928618815570551, 0.52249861493968888062, 0.56694403481635770368, 0.64682178335999012954,
    0.78815462345125022473, 1.06067768599034747134, 1.72244709823833392782, 5.10114861868916385802,
    0.50979557910415916894, 0.60134488693504528054, 0.89997622313641570463, 2.56291544774150617881,
    0.54119610014619698439, 1.30656296487637652785,
    0.70710678118654752440,
};

/* Sums and weighted differences of a block's ends towards its middle; every other block the other way round. */
static inline __attribute__((always_inline)) void butterflies(v128_t *values, int width, const float *cosines)
{
#pragma clang loop unroll(full)
    for (int block = 0; block < BANDS / width; block++) {
#pragma clang loop unroll(full)
        for (int i = 0; i < width / 2; i++) {
            v128_t *first = values + block * width + i;
            v128_t *last = values + (block + 1) * width - 1 - i;
            v128_t difference = wasm_f32x4_sub(*first, *last);

            *first = wasm_f32x4_add(*first, *last);
            *last = wasm_f32x4_mul(difference, wasm_f32x4_splat(block % 2 ? -cosines[i] : cosines[i]));
        }
    }
}

/* Adds to each value named the next one named. */
static inline __attribute__((always_inline)) void add_next(v128_t *values, const unsigned char *names, int count)
{
#pragma clang loop unroll(full)
    for (int i = 0; i + 1 < count; i++)
        values[names[i]] = wasm_f32x4_add(values[names[i]], values[names[i + 1]]);
}

static inline __attribute__((always_inline)) void transform(v128_t *values, v128_t *out)
{
    static const unsigned char EIGHTH[] = {8, 12, 10, 14, 9, 13, 11, 15};
    static const unsigned char SIXTEENTH[] = {24, 28, 26, 30, 25, 29, 27, 31};
    static const unsigned char ORDER[] = {0, 16, 8, 24, 4, 20, 12, 28, 2, 18, 10, 26, 6, 22, 14, 30};
    static const unsigned char ADDED[] = {24, 25, 26, 27, 28, 29, 30, 31, 20, 21, 22, 23, 18, 19, 17};

    butterflies(values, 32, COSINES);
    butterflies(values, 16, COSINES + 16);
    butterflies(values, 8, COSINES + 24);
    butterflies(values, 4, COSINES + 28);
    butterflies(values, 2, COSINES + 30);
#pragma clang loop unroll(full)
    for (int four = 0; four < BANDS; four += 4) {
        const unsigned char pairs[] = {four + 2, four + 3};
        const unsigned char chain[] = {four, four + 2, four + 1, four + 3};

        add_next(values, pairs, 2);
        if (four % 8)
            add_next(values, chain, 4);
    }
    add_next(values, EIGHTH, 8);
#pragma clang loop unroll(full)
    for (int i = 0; i < 16; i++)
        out[ORDER[i]] = values[i];
    add_next(values, SIXTEENTH, 8);
#pragma clang loop unroll(full)
    for (int i = 0; i < 15; i++)
        out[ORDER[i] + 1] = wasm_f32x4_add(values[16 + i], values[ADDED[i]]);
    out[31] = values[31];
}

static inline __attribute__((always_inline)) void transpose(v128_t *rows)
{
    v128_t low01 = wasm_i32x4_shuffle(rows[0], rows[1], 0, 4, 1, 5);
    v128_t high01 = wasm_i32x4_shuffle(rows[0], rows[1], 2, 6, 3, 7);
    v128_t low23 = wasm_i32x4_shuffle(rows[2], rows[3], 0, 4, 1, 5);
    v128_t high23 = wasm_i32x4_shuffle(rows[2], rows[3], 2, 6, 3, 7);

    rows[0] = wasm_i64x2_shuffle(low01, low23, 0, 2);
    rows[1] = wasm_i64x2_shuffle(low01, low23, 1, 3);
    rows[2] = wasm_i64x2_shuffle(high01, high23, 0, 2);
    rows[3] = wasm_i64x2_shuffle(high01, high23, 1, 3);
}

/* Bands [LANES][BANDS] of four points of time that follow one another -> their transforms [LANES][BANDS]. */
static void transform_four(const float *bands, float *transforms)
{
    v128_t values[BANDS], out[BANDS];

#pragma clang loop unroll(full)
    for (int band = 0; band < BANDS; band += LANES) {
        for (int lane = 0; lane < LANES; lane++)
            values[band + lane] = wasm_v128_load(bands + lane * BANDS + band);
        transpose(values + band);
    }
    transform(values, out);
#pragma clang loop unroll(full)
    for (int band = 0; band < BANDS; band += LANES) {
        transpose(out + band);
        for (int lane = 0; lane < LANES; lane++)
            wasm_v128_store(transforms + lane * BANDS + band, out[band + lane]);
    }
}

/*
 * FFmpeg calls this for one point of time after the other, whose bands lie one behind the other in an array of 36. What is
 * transformed ahead belongs to a call only if it goes on right where the one before it ended: the first of a channel and
 * frame never does, and so transforms anew.
 */
void __wrap_ff_mpa_synth_filter_float(void *context, float *synth, int *synth_offset, float *window, int *dither,
                                      float *samples, ptrdiff_t stride, float *bands)
{
    static float ahead[LANES][BANDS];
    static const float *next;
    static int used = LANES;
    float *place = synth + *synth_offset;

    (void)context;
    if (bands != next || used == LANES) {
        transform_four(bands, ahead[0]);
        used = 0;
    }
    for (int band = 0; band < BANDS; band += LANES) /* memcpy is a call */
        wasm_v128_store(place + band, wasm_v128_load(ahead[used] + band));
    used++;
    next = bands + BANDS;
    ff_mpadsp_apply_window_float(place, window, dither, samples, stride);
    *synth_offset = (*synth_offset - BANDS) & (RING - 1);
}
