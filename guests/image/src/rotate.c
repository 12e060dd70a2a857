#include "rotate.h"

#include "arena.h"
#include "refusal.h"

// Small enough that the rows of a tile stay in the first cache on both sides.
enum { tile = 32 };

struct quarter {
  const u8 *from;
  u8 *to;
  u32 width;
  u32 height;
};

static inline __attribute__((always_inline)) void turn_tile(const struct quarter *q, u32 x0, u32 y0, u32 channels) {
  const u32 x_end = min_u32(x0 + tile, q->width), y_end = min_u32(y0 + tile, q->height);
  for (u32 x = x0; x < x_end; x++) {
    // Column x, read from the bottom up, is row x of the result.
    const u8 *from = q->from + ((size_t)(y_end - 1) * q->width + x) * channels;
    u8 *to = q->to + ((size_t)x * q->height + (q->height - y_end)) * channels;
    for (u32 y = y_end; y > y0; y--) {
      for (u32 k = 0; k < channels; k++) to[k] = from[k];
      to += channels;
      from -= (size_t)q->width * channels;
    }
  }
}

static __attribute__((noinline)) void turn_tiles(const struct quarter *q, u32 y0, u32 channels) {
  for (u32 x0 = 0; x0 < q->width; x0 += tile) {
    if (channels == 1) turn_tile(q, x0, y0, 1);
    else if (channels == 2) turn_tile(q, x0, y0, 2);
    else if (channels == 3) turn_tile(q, x0, y0, 3);
    else turn_tile(q, x0, y0, 4);
  }
}

bool rotate90(struct picture *p) {
  const size_t size = picture_bytes(p);
  u8 *turned = arena_alloc(size);
  if (!turned) return refuse_memory(size);
  const struct quarter q = {.from = p->pixels, .to = turned, .width = p->width, .height = p->height};
  for (u32 y0 = 0; y0 < p->height; y0 += tile) turn_tiles(&q, y0, p->channels);
  p->pixels = arena_keep(turned, size);
  p->width = q.height;
  p->height = q.width;
  return true;
}
