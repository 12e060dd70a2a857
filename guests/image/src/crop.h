#pragma once

#include "base.h"

struct rectangle {
  u32 x;
  u32 y;
  u32 width;
  u32 height;
};

bool crop(struct picture *picture, struct rectangle wanted);
