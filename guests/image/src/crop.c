#include "crop.h"

#include "refusal.h"

static bool is_inside(const struct picture *p, struct rectangle r) {
  return r.width && r.height && r.width <= p->width && r.x <= p->width - r.width && r.height <= p->height &&
         r.y <= p->height - r.height;
}

bool crop(struct picture *p, struct rectangle r) {
  if (!r.width || !r.height) return refuse("empty rectangle: %ux%u pixels at x %u, y %u", r.width, r.height, r.x, r.y);
  if (!is_inside(p, r)) {
    return refuse("rectangle outside the picture: %ux%u pixels at x %u, y %u, and the picture has %ux%u", r.width, r.height, r.x,
                  r.y, p->width, p->height);
  }
  // In place: a row never moves behind where it was.
  const size_t from_row = row_bytes(p), to_row = (size_t)r.width * p->channels;
  const u8 *from = p->pixels + r.y * from_row + (size_t)r.x * p->channels;
  for (u32 y = 0; y < r.height; y++) __builtin_memmove(p->pixels + y * to_row, from + y * from_row, to_row);
  p->width = r.width;
  p->height = r.height;
  return true;
}
