#include "png_write.h"

#include "arena.h"
#include "checksum.h"
#include "deflate.h"
#include "refusal.h"

enum { filter_count = 5, margin = 16 };

// A row with zeros before and behind it, so that the vector loop needs no special first pixel.
struct lines {
  u8 *current;
  u8 *above;
  u8 *filtered[filter_count];
  size_t size;
};

static inline u8x16 difference(u8x16 a, u8x16 b) { return __builtin_elementwise_max(a, b) - __builtin_elementwise_min(a, b); }

static inline u8x16 choose(u8x16 mask, u8x16 a, u8x16 b) { return (a & mask) | (b & ~mask); }

// The Paeth predictor (§ 9.4) in 8 bits: with |b-c| and |a-c| on different sides of zero, |a+b-2c| is their difference;
// on the same side it is their sum, and never the least of the three.
static inline u8x16 paeth(u8x16 a, u8x16 b, u8x16 c) {
  const u8x16 pa = difference(b, c), pb = difference(a, c), pc = difference(pa, pb);
  const u8x16 same_side = (u8x16)((u8x16)(b < c) == (u8x16)(a < c));
  const u8x16 a_beats_b = (u8x16)(pa <= pb);
  const u8x16 take_a = a_beats_b & (same_side | (u8x16)(pa <= pc));
  const u8x16 take_b = same_side | (u8x16)(pb <= pc);
  return choose(take_a, a, choose(take_b, b, c));
}

struct sums {
  u32 of[filter_count];
};

// Adds |v| of every byte taken as a signed number.
static inline u16x8 add_sizes(u16x8 sum, u8x16 v) {
  const u16x8 sizes = (u16x8)__builtin_elementwise_min(v, -v);
  return sum + (sizes & 255) + (sizes >> 8);
}

static inline u32 fold(u16x8 sum) {
  u32 total = 0;
  for (u32 i = 0; i < 8; i++) total += sum[i];
  return total;
}

// Filters a piece of at most 2 KiB five ways: 128 rounds of at most 256 each stay below the 16 bits of a partial sum.
static __attribute__((noinline)) struct sums filter_piece(const struct lines *l, size_t from, size_t to, size_t bpp, struct sums sums) {
  u16x8 none_sum = {0}, sub_sum = {0}, up_sum = {0}, average_sum = {0}, paeth_sum = {0};
  for (size_t i = from; i < to; i += 16) {
    const u8x16 x = load_u8x16(l->current + i), b = load_u8x16(l->above + i);
    const u8x16 a = load_u8x16(l->current + i - bpp), c = load_u8x16(l->above + i - bpp);
    const u8x16 sub = x - a, up = x - b, average = x - ((a & b) + ((a ^ b) >> 1)), predicted = x - paeth(a, b, c);
    store_u8x16(l->filtered[1] + i, sub);
    store_u8x16(l->filtered[2] + i, up);
    store_u8x16(l->filtered[3] + i, average);
    store_u8x16(l->filtered[4] + i, predicted);
    none_sum = add_sizes(none_sum, x);
    sub_sum = add_sizes(sub_sum, sub);
    up_sum = add_sizes(up_sum, up);
    average_sum = add_sizes(average_sum, average);
    paeth_sum = add_sizes(paeth_sum, predicted);
  }
  sums.of[0] += fold(none_sum);
  sums.of[1] += fold(sub_sum);
  sums.of[2] += fold(up_sum);
  sums.of[3] += fold(average_sum);
  sums.of[4] += fold(paeth_sum);
  return sums;
}

// The filter with the least sum of absolute differences (§ 12.7).
static u32 best_filter(const struct lines *l, size_t bpp) {
  struct sums sums = {{0}};
  for (size_t at = 0; at < l->size; at += 2048) {
    sums = filter_piece(l, at, l->size - at < 2048 ? l->size : at + 2048, bpp, sums);
  }
  u32 best = 0;
  for (u32 i = 1; i < filter_count; i++) {
    if (sums.of[i] < sums.of[best]) best = i;
  }
  return best;
}

static bool alloc_lines(struct lines *l, size_t size) {
  const size_t padded = size + 2 * margin;
  u8 *block = arena_alloc(padded * (filter_count + 1));
  if (!block) return refuse_memory(padded * (filter_count + 1));
  __builtin_memset(block, 0, padded * (filter_count + 1));
  l->size = size;
  l->current = block + margin;
  l->above = l->current + padded;
  l->filtered[0] = l->current;
  for (u32 i = 1; i < filter_count; i++) l->filtered[i] = l->above + padded * i;
  return true;
}

static bool filter_rows(const struct picture *p, u8 *out) {
  const size_t size = row_bytes(p);
  struct lines l;
  if (!alloc_lines(&l, size)) return false;
  for (u32 y = 0; y < p->height; y++, out += size + 1) {
    __builtin_memcpy(l.current, p->pixels + y * size, size);
    const u32 filter = best_filter(&l, p->channels);
    out[0] = (u8)filter;
    __builtin_memcpy(out + 1, l.filtered[filter], size);
    u8 *above = l.above;
    l.above = l.current;
    l.current = l.filtered[0] = above;
  }
  return true;
}

static u8 *put_chunk(u8 *at, const char *name, size_t size) {
  store_u32_be(at, (u32)size);
  __builtin_memcpy(at + 4, name, 4);
  store_u32_be(at + 8 + size, crc32(0, at + 4, size + 4));
  return at + 12 + size;
}

static u8 *put_header(u8 *at, const struct picture *p) {
  static const u8 color_of[5] = {0, 0, 4, 2, 6};
  store_u32_be(at + 8, p->width);
  store_u32_be(at + 12, p->height);
  at[16] = 8;
  at[17] = color_of[p->channels];
  at[18] = at[19] = at[20] = 0;
  return put_chunk(at, "IHDR", 13);
}

bool png_write(const struct picture *p, struct bytes *png) {
  const size_t filtered_size = picture_bytes(p) + p->height;
  u8 *filtered = arena_alloc(filtered_size);
  if (!filtered) return refuse_memory(filtered_size);
  if (!filter_rows(p, filtered)) return false;

  const size_t bound = deflate_bound(filtered_size) + 128;
  u8 *out = arena_alloc(bound);
  if (!out) return refuse_memory(bound);
  static const u8 signature[8] = {0x89, 'P', 'N', 'G', '\r', '\n', 0x1a, '\n'};
  __builtin_memcpy(out, signature, 8);
  u8 *at = put_header(out + 8, p);
  at = put_chunk(at, "IDAT", deflate(filtered, filtered_size, at + 8));
  at = put_chunk(at, "IEND", 0);
  *png = (struct bytes){.start = out, .size = (size_t)(at - out)};
  return true;
}
