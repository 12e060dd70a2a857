#include "grayscale.h"

// 0.2126, 0.7152 and 0.0722 of 65536; the sum is exactly 65536, so white stays white.
static inline u8 luma(const u8 *rgb) { return (u8)((13933 * rgb[0] + 46871 * rgb[1] + 4732 * rgb[2] + 32768) >> 16); }

// In place: the result is never longer.
static __attribute__((noinline)) void gray_row(const u8 *from, u8 *to, u32 width, bool alpha) {
  if (alpha) {
    for (u32 x = 0; x < width; x++, from += 4, to += 2) {
      const u8 y = luma(from);
      to[1] = from[3];
      to[0] = y;
    }
  } else {
    for (u32 x = 0; x < width; x++, from += 3) *to++ = luma(from);
  }
}

bool grayscale(struct picture *p) {
  if (p->channels < 3) return true;
  const bool alpha = has_alpha(p);
  const size_t from_row = row_bytes(p), to_row = (size_t)p->width * (alpha ? 2 : 1);
  for (u32 y = 0; y < p->height; y++) gray_row(p->pixels + y * from_row, p->pixels + y * to_row, p->width, alpha);
  p->channels = alpha ? 2 : 1;
  return true;
}
