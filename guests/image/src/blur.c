// Three extended box filters, which together have exactly the wanted variance: Gwosdek, Grewenig, Bruhn, Weickert,
// "Theoretical foundations of Gaussian convolution by extended box filtering" (2011). The cost of a pixel does not
// depend on sigma. All sums are integers, so there is no drift along a row and the result is the same on every machine.
#include "blur.h"

#include "arena.h"
#include "refusal.h"

#ifdef __wasm_simd128__
#include <wasm_simd128.h>
#endif

enum {
  box_passes = 3,
  lanes = 8,
};

// A box of 2 * reach + 1 pixels of weight `inner`, and one of weight `edge` on either side.
struct box {
  u32 reach;
  u32 inner;
  u32 edge;
  // 2^47 / total weight: the total has 16 bits, so a 32-bit sum is divided with an error below 2^-15.
  u32 reciprocal;
};

static struct box box_for(double sigma) {
  const double variance = sigma * sigma / box_passes;
  const u32 reach = (u32)((__builtin_sqrt(12 * variance + 1) - 1) / 2);
  const double next = reach + 1.0;
  const double share = (2 * reach + 1) * (reach * next - 3 * variance) / (6 * (variance - next * next));
  const double inner = 65534 / (2 * reach + 1 + 2 * share);
  struct box b = {.reach = reach, .inner = (u32)inner, .edge = (u32)(share * (u32)inner + 0.5)};
  b.reciprocal = (u32)((1ull << 47) / ((2 * reach + 1) * b.inner + 2 * b.edge) + 1);
  return b;
}

// Eight parallel lines of samples (rows, or columns of one channel), with `margin` entries on either side.
struct strip {
  u16x8 *from;
  u16x8 *to;
  size_t margin;
};

struct sum {
  u32x4 low;
  u32x4 high;
};

static inline u32x4 widen_low(u16x8 v) { return __builtin_convertvector(__builtin_shufflevector(v, v, 0, 1, 2, 3), u32x4); }
static inline u32x4 widen_high(u16x8 v) { return __builtin_convertvector(__builtin_shufflevector(v, v, 4, 5, 6, 7), u32x4); }

static inline struct sum add(struct sum s, u16x8 v, u32 weight) {
  return (struct sum){.low = s.low + widen_low(v) * weight, .high = s.high + widen_high(v) * weight};
}

static inline struct sum subtract(struct sum s, u16x8 v, u32 weight) {
  return (struct sum){.low = s.low - widen_low(v) * weight, .high = s.high - widen_high(v) * weight};
}

// Per lane, sum * reciprocal / 2^47, rounded.
static inline u32x4 divide(u32x4 sum, u32 reciprocal) {
#ifdef __wasm_simd128__
  const v128_t by = wasm_i32x4_splat((int)reciprocal), half = wasm_i64x2_splat(1ll << 46);
  const v128_t low = wasm_i64x2_add(wasm_u64x2_extmul_low_u32x4((v128_t)sum, by), half);
  const v128_t high = wasm_i64x2_add(wasm_u64x2_extmul_high_u32x4((v128_t)sum, by), half);
  // The quotient is in bits 47 up: the upper halves, shifted by the remaining 15.
  return (u32x4)wasm_u32x4_shr(wasm_i32x4_shuffle(low, high, 1, 3, 5, 7), 15);
#else
  u32x4 quotient;
  for (u32 i = 0; i < 4; i++) quotient[i] = (u32)(((u64)sum[i] * reciprocal + (1ull << 46)) >> 47);
  return quotient;
#endif
}

// One box filter for `count` entries that are `stride` apart, and for `extra` more on either side.
static __attribute__((noinline)) void box_pass(const struct strip *s, struct box b, size_t count, size_t extra, size_t stride) {
  const u16x8 *from = s->from + (s->margin - extra) * stride;
  struct sum sum = {{0}, {0}};
  for (size_t i = 0; i < 2 * (size_t)b.reach + 1; i++) sum = add(sum, *(from + i * stride - b.reach * stride), b.inner);
  const u16x8 *front = from + (b.reach + 1) * stride, *back = from - (b.reach + 1) * stride;
  sum = add(add(sum, *front, b.edge), *back, b.edge);
  // What leaves and enters when the box moves by one: the edge pixels are taken or left in two steps.
  const u32 rest = b.inner - b.edge;
  u16x8 *to = s->to + (s->margin - extra) * stride;
  for (size_t i = 0; i < count + 2 * extra; i++, to += stride) {
    const u32x4 low = divide(sum.low, b.reciprocal), high = divide(sum.high, b.reciprocal);
    *to = __builtin_convertvector(__builtin_shufflevector(low, high, 0, 1, 2, 3, 4, 5, 6, 7), u16x8);
    sum = add(add(sum, *front, rest), front[stride], b.edge);
    sum = subtract(subtract(sum, back[stride], rest), *back, b.edge);
    front += stride;
    back += stride;
  }
}

static void extend_edges(const struct strip *s, size_t count, size_t stride) {
  u16x8 *first = s->from + s->margin * stride, *last = first + (count - 1) * stride;
  for (size_t i = 1; i <= s->margin; i++) {
    *(first - i * stride) = *first;
    last[i * stride] = *last;
  }
}

// The edges are extended once, and the earlier passes run on into that: extending between the passes would flatten the
// edges, visibly so with a large sigma.
static void box_passes_over(struct strip *s, struct box b, size_t count, u32 channels) {
  for (u32 k = 0; k < channels; k++) {
    const struct strip channel = {.from = s->from + k, .to = s->to + k, .margin = s->margin};
    extend_edges(&channel, count, channels);
  }
  for (u32 later = box_passes; later-- > 0;) {
    for (u32 k = 0; k < channels; k++) {
      const struct strip channel = {.from = s->from + k, .to = s->to + k, .margin = s->margin};
      box_pass(&channel, b, count, later * (size_t)(b.reach + 1), channels);
    }
    u16x8 *last = s->to;
    s->to = s->from;
    s->from = last;
  }
}

// --- down the columns: from the 8-bit picture into 16-bit samples multiplied with alpha ---

static __attribute__((noinline)) void weigh_row(const u8 *from, u16 *to, size_t width, u32 channels) {
  if (channels == 1 || channels == 3) {
    for (size_t i = 0; i < width * channels; i++) to[i] = (u16)(from[i] * 255);
    return;
  }
  for (size_t x = 0; x < width; x++, from += channels, to += channels) {
    const u32 alpha = from[channels - 1];
    for (u32 k = 0; k + 1 < channels; k++) to[k] = (u16)(from[k] * alpha);
    to[channels - 1] = (u16)(alpha * 255);
  }
}

static __attribute__((noinline)) void load_columns(const u16 *from, u16x8 *to, size_t count, size_t row, size_t width) {
  for (size_t y = 0; y < count; y++, from += row, to++) {
    if (width == lanes) {
      __builtin_memcpy(to, from, 16);
      continue;
    }
    u16x8 v = {0};
    for (size_t k = 0; k < width; k++) v[k] = from[k];
    *to = v;
  }
}

static __attribute__((noinline)) void store_columns(const u16x8 *from, u16 *to, size_t count, size_t row, size_t width) {
  for (size_t y = 0; y < count; y++, from++, to += row) {
    if (width == lanes) {
      __builtin_memcpy(to, from, 16);
      continue;
    }
    for (size_t k = 0; k < width; k++) to[k] = (*from)[k];
  }
}

static void blur_columns(u16 *samples, const struct picture *p, struct strip *s, struct box b) {
  const size_t row = row_bytes(p);
  for (size_t at = 0; at < row; at += lanes) {
    const size_t width = row - at < lanes ? row - at : lanes;
    load_columns(samples + at, s->from + s->margin, p->height, row, width);
    box_passes_over(s, b, p->height, 1);
    store_columns(s->from + s->margin, samples + at, p->height, row, width);
  }
}

// --- along the rows: eight at a time, and back to 8 bits ---

typedef u16x8 block[lanes];

static inline void transpose(block b) {
  for (u32 half = 4; half; half >>= 1) {
    for (u32 i = 0; i < lanes; i++) {
      if (i & half) continue;
      const u16x8 x = b[i], y = b[i + half];
      if (half == 4) {
        b[i] = __builtin_shufflevector(x, y, 0, 1, 2, 3, 8, 9, 10, 11);
        b[i + 4] = __builtin_shufflevector(x, y, 4, 5, 6, 7, 12, 13, 14, 15);
      } else if (half == 2) {
        b[i] = __builtin_shufflevector(x, y, 0, 1, 8, 9, 4, 5, 12, 13);
        b[i + 2] = __builtin_shufflevector(x, y, 2, 3, 10, 11, 6, 7, 14, 15);
      } else {
        b[i] = __builtin_shufflevector(x, y, 0, 8, 2, 10, 4, 12, 6, 14);
        b[i + 1] = __builtin_shufflevector(x, y, 1, 9, 3, 11, 5, 13, 7, 15);
      }
    }
  }
}

// Rows below the picture repeat its last one; their results are not stored.
static __attribute__((noinline)) void load_rows(const u16 *from, u16x8 *to, size_t row, size_t rows) {
  size_t i = 0;
  for (; i + lanes <= row; i += lanes) {
    block b;
    for (size_t k = 0; k < lanes; k++) __builtin_memcpy(&b[k], from + (k < rows ? k : rows - 1) * row + i, 16);
    transpose(b);
    for (size_t k = 0; k < lanes; k++) to[i + k] = b[k];
  }
  for (; i < row; i++) {
    for (size_t k = 0; k < lanes; k++) to[i][k] = from[(k < rows ? k : rows - 1) * row + i];
  }
}

static __attribute__((noinline)) void store_rows(const u16x8 *from, u16 *to, size_t row, size_t rows) {
  size_t i = 0;
  for (; i + lanes <= row; i += lanes) {
    block b;
    for (size_t k = 0; k < lanes; k++) b[k] = from[i + k];
    transpose(b);
    for (size_t k = 0; k < rows; k++) __builtin_memcpy(to + k * row + i, &b[k], 16);
  }
  for (; i < row; i++) {
    for (size_t k = 0; k < rows; k++) to[k * row + i] = from[i][k];
  }
}

static __attribute__((noinline)) void unweigh_row(const u16 *from, u8 *to, size_t width, u32 channels) {
  if (channels == 1 || channels == 3) {
    for (size_t i = 0; i < width * channels; i++) to[i] = (u8)((from[i] + 127) / 255);
    return;
  }
  for (size_t x = 0; x < width; x++, from += channels, to += channels) {
    const u32 alpha = from[channels - 1];
    // Rounding may have left the colour a unit above its alpha.
    for (u32 k = 0; k + 1 < channels; k++) to[k] = alpha ? (u8)min_u32((from[k] * 255u + alpha / 2) / alpha, 255) : 0;
    to[channels - 1] = (u8)((alpha + 127) / 255);
  }
}

static void blur_rows(u16 *samples, const struct picture *p, struct strip *s, struct box b) {
  const size_t row = row_bytes(p), start = s->margin * p->channels;
  for (size_t y = 0; y < p->height; y += lanes) {
    const size_t rows = p->height - y < lanes ? p->height - y : lanes;
    load_rows(samples + y * row, s->from + start, row, rows);
    box_passes_over(s, b, p->width, p->channels);
    store_rows(s->from + start, samples + y * row, row, rows);
  }
}

// --- the whole ---

static bool is_sigma(float sigma) { return sigma > 0 && sigma <= sigma_max; }

static bool refuse_sigma(float sigma) {
  const char *wanted = "a number above 0, at most 200";
  if (sigma != sigma) return refuse("bad sigma: NaN, and it must be %s", wanted);
  if (sigma == 0) return refuse("bad sigma: 0, and it must be %s", wanted);
  const char *sign = sigma < 0 ? "-" : "";
  const float size = sigma < 0 ? -sigma : sigma;
  if (size == __builtin_inff()) return refuse("bad sigma: %sinfinity, and it must be %s", sign, wanted);
  if (size >= 4e9f) return refuse("bad sigma: %smore than 4000000000, and it must be %s", sigma < 0 ? "minus " : "", wanted);
  const u32 whole = (u32)size, thousandths = (u32)((size - (float)whole) * 1000);
  return refuse("bad sigma: %s%u.%u%u%u, and it must be %s", sign, whole, thousandths / 100, thousandths / 10 % 10,
                thousandths % 10, wanted);
}

static bool alloc_strip(struct strip *s, const struct picture *p, struct box b) {
  // One more than the passes reach together: the last step of a pass looks one entry too far.
  s->margin = box_passes * (size_t)(b.reach + 1) + 1;
  const size_t across = (p->width + 2 * s->margin) * p->channels, down = p->height + 2 * s->margin;
  const size_t bytes = (across > down ? across : down) * sizeof(u16x8);
  s->from = arena_alloc(bytes);
  s->to = arena_alloc(bytes);
  return (s->from && s->to) || refuse_memory(2 * bytes);
}

bool blur(struct picture *p, float sigma) {
  if (!is_sigma(sigma)) return refuse_sigma(sigma);
  const struct box b = box_for(sigma);
  const size_t row = row_bytes(p), size = picture_bytes(p);
  struct strip strip;
  if (!alloc_strip(&strip, p, b)) return false;
  u16 *samples = arena_alloc(size * sizeof(u16));
  if (!samples) return refuse_memory(size * sizeof(u16));
  for (u32 y = 0; y < p->height; y++) weigh_row(p->pixels + y * row, samples + y * row, p->width, p->channels);
  blur_columns(samples, p, &strip, b);
  blur_rows(samples, p, &strip, b);
  for (u32 y = 0; y < p->height; y++) unweigh_row(samples + y * row, p->pixels + y * row, p->width, p->channels);
  p->pixels = arena_keep(p->pixels, size);
  return true;
}
