// Writes a zlib stream (RFC 1950, RFC 1951).
#pragma once

#include "base.h"

// The most bytes `deflate` may write for `size` bytes, slack for wide stores included.
size_t deflate_bound(size_t size);

// Returns how many bytes were written to `out`, which has room for `deflate_bound(size)`.
size_t deflate(const u8 *in, size_t size, u8 *out);
