// PNG bytes to an 8-bit picture (PNG, third edition).
#pragma once

#include "base.h"

// The picture's pixels are then the only block in the arena. The bytes are used as scratch space.
bool png_read(u8 *png, size_t size, struct picture *picture);
