// Reads a zlib stream (RFC 1950, RFC 1951).
#pragma once

#include "base.h"

// Fills exactly `out_size` bytes; a stream that holds less or more, or has a wrong checksum, is refused.
bool inflate(const u8 *in, size_t in_size, u8 *out, size_t out_size);
