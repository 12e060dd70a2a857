// An 8-bit picture to PNG bytes.
#pragma once

#include "base.h"

struct bytes {
  u8 *start;
  size_t size;
};

bool png_write(const struct picture *picture, struct bytes *png);
