// CRC-32 (PNG § 5.5) and Adler-32 (RFC 1950 § 8).
#pragma once

#include "base.h"

// `crc` is the value so far, 0 at the start.
u32 crc32(u32 crc, const u8 *bytes, size_t size);
u32 adler32(const u8 *bytes, size_t size);
