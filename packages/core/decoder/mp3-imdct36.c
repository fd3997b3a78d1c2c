/*
 * The inverse cosine transform of MP3's long blocks, for four bands at once: one in each lane of WebAssembly's vectors. FFmpeg has
 * it in assembler for processors; in portable C it is computed one band after the other. The linker puts this in the place of FFmpeg's
 * function (build.sh). Each value is computed by FFmpeg's steps, so that not a bit of the result differs.
 *
 * After libavcodec/mpegaudiodsp_template.c of FFmpeg, and under its licence, LGPL-2.1-or-later.
 */
#include <wasm_simd128.h>

#define BANDS 32
#define LANES 4
#define LINES 18
#define WINDOW 40
#define SECOND_HALF (WINDOW / 2)

typedef float four __attribute__((vector_size(16)));

extern float ff_mdct_win_float[8][WINDOW];

void __real_ff_imdct36_blocks_float(float *out, float *overlap, float *in, int count, int switch_point, int block_type);

#define C1 (0.98480775301220805936f / 2)
#define C2 (0.93969262078590838405f / 2)
#define C3 (0.86602540378443864676f / 2)
#define C4 (0.76604444311897803520f / 2)
#define C5 (0.64278760968653932632f / 2)
#define C7 (0.34202014332566873304f / 2)
#define C8 (0.17364817766693034885f / 2)

/* 0.5 / cos(pi (2 i + 1) / 36) */
static const float SECANTS[9] = {
    0.50190991877167369479f, 0.51763809020504152469f, 0.55168895948124587824f, 0.61038729438072803416f,
    0.70710678118654752439f, 0.87172339781054900991f, 1.18310079157624925896f, 1.93185165257813657349f,
    5.73685662283492756461f,
};

/* Windows of four neighbouring bands, lane by lane: for each kind of block, and where the first two bands are of a long one. */
static const four *windows_of(int block_type, int is_switched)
{
    static four windows[8][WINDOW];
    static char is_made[8];
    int which = block_type + 4 * is_switched;

    if (!is_made[which]) {
        for (int band = 0; band < LANES; band++) {
            int kind = is_switched && band < 2 ? 0 : block_type;

            for (int i = 0; i < WINDOW; i++)
                windows[which][i][band] = ff_mdct_win_float[kind + (band % 2 ? 4 : 0)][i];
        }
        is_made[which] = 1;
    }
    return windows[which];
}

/* Lines [LANES][LINES] of four bands -> [LINES], a band in each lane. */
static inline __attribute__((always_inline)) void load(const float *in, four *lines)
{
#pragma clang loop unroll(full)
    for (int line = 0; line + LANES <= LINES; line += LANES) {
        v128_t a = wasm_v128_load(in + line), b = wasm_v128_load(in + LINES + line);
        v128_t c = wasm_v128_load(in + 2 * LINES + line), d = wasm_v128_load(in + 3 * LINES + line);
        v128_t ab = wasm_i32x4_shuffle(a, b, 0, 4, 1, 5), cd = wasm_i32x4_shuffle(c, d, 0, 4, 1, 5);

        lines[line] = (four)wasm_i64x2_shuffle(ab, cd, 0, 2);
        lines[line + 1] = (four)wasm_i64x2_shuffle(ab, cd, 1, 3);
        ab = wasm_i32x4_shuffle(a, b, 2, 6, 3, 7), cd = wasm_i32x4_shuffle(c, d, 2, 6, 3, 7);
        lines[line + 2] = (four)wasm_i64x2_shuffle(ab, cd, 0, 2);
        lines[line + 3] = (four)wasm_i64x2_shuffle(ab, cd, 1, 3);
    }
    for (int line = LINES - 2; line < LINES; line++)
        lines[line] = (four){in[line], in[LINES + line], in[2 * LINES + line], in[3 * LINES + line]};
}

/* Nine points of every other line: those from `lines`, to those from `points`. */
static inline __attribute__((always_inline)) void nine_points(const four *lines, four *points)
{
    four t0, t1, t2, t3;

    t2 = lines[2 * 4] + lines[2 * 8] - lines[2 * 2];
    t3 = lines[2 * 0] + lines[2 * 6] * 0.5f;
    t1 = lines[2 * 0] - lines[2 * 6];
    points[6] = t1 - t2 * 0.5f;
    points[16] = t1 + t2;

    t0 = 2 * C2 * (lines[2 * 2] + lines[2 * 4]);
    t1 = -2 * C8 * (lines[2 * 4] - lines[2 * 8]);
    t2 = 2 * -C4 * (lines[2 * 2] + lines[2 * 8]);
    points[10] = t3 - t0 - t2;
    points[2] = t3 + t0 + t1;
    points[14] = t3 + t2 - t1;

    points[4] = 2 * -C3 * (lines[2 * 5] + lines[2 * 7] - lines[2 * 1]);
    t2 = 2 * C1 * (lines[2 * 1] + lines[2 * 5]);
    t3 = -2 * C7 * (lines[2 * 5] - lines[2 * 7]);
    t0 = 2 * C3 * lines[2 * 3];
    t1 = 2 * -C5 * (lines[2 * 1] + lines[2 * 7]);
    points[0] = t2 + t3 + t0;
    points[12] = t2 + t1 - t0;
    points[8] = t3 - t1 - t0;
}

/* The values of line `at` of both halves, windowed: one is added to what the block before left, one is left to the next. */
static inline __attribute__((always_inline)) void put(float *out, four *overlap, const four *window, int at, four now, four later)
{
    *(four *)(out + at * BANDS) = window[at] * now + overlap[at];
    overlap[at] = window[SECOND_HALF + at] * later;
}

static void four_bands(float *out, four *overlap, const float *in, const four *window)
{
    four lines[LINES], points[LINES];

    load(in, lines);
#pragma clang loop unroll(full)
    for (int i = 17; i >= 1; i--)
        lines[i] += lines[i - 1];
#pragma clang loop unroll(full)
    for (int i = 17; i >= 3; i -= 2)
        lines[i] += lines[i - 2];
    nine_points(lines, points);
    nine_points(lines + 1, points + 1);

#pragma clang loop unroll(full)
    for (int j = 0; j < 4; j++) {
        const four *p = points + 4 * j;
        four s0 = p[2] + p[0], s2 = p[2] - p[0];
        four s1 = SECANTS[j] * (p[3] + p[1]), s3 = SECANTS[8 - j] * (p[3] - p[1]);

        put(out, overlap, window, 9 + j, s0 - s1, s0 + s1);
        put(out, overlap, window, 8 - j, s0 - s1, s0 + s1);
        put(out, overlap, window, 17 - j, s2 - s3, s2 + s3);
        put(out, overlap, window, j, s2 - s3, s2 + s3);
    }
    four s1 = SECANTS[4] * points[17];
    put(out, overlap, window, 13, points[16] - s1, points[16] + s1);
    put(out, overlap, window, 4, points[16] - s1, points[16] + s1);
}

void __wrap_ff_imdct36_blocks_float(float *out, float *overlap, float *in, int count, int switch_point, int block_type)
{
    int band = 0;

    for (; band + LANES <= count; band += LANES)
        four_bands(out + band, (four *)(overlap + LINES * band), in + LINES * band,
                   windows_of(block_type, switch_point && band == 0));
    if (band < count)
        __real_ff_imdct36_blocks_float(out + band, overlap + LINES * band, in + LINES * band, count - band,
                                       switch_point && band == 0, block_type);
}
