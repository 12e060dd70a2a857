#include "checksum.h"

// Slicing by eight: a table of tables, built by the first call, because 8 KiB of constants would be most of the code's size.
static u32 crc_of[8][256];

static void fill_crc_tables(void) {
  for (u32 i = 0; i < 256; i++) {
    u32 c = i;
    for (u32 k = 0; k < 8; k++) c = (c >> 1) ^ (0xedb88320u & -(c & 1));
    crc_of[0][i] = c;
  }
  for (u32 k = 1; k < 8; k++) {
    for (u32 i = 0; i < 256; i++) crc_of[k][i] = (crc_of[k - 1][i] >> 8) ^ crc_of[0][crc_of[k - 1][i] & 255];
  }
}

// One call per piece: an engine that swaps in optimised code only at a call gets the chance to.
static __attribute__((noinline)) u32 crc_piece(u32 c, const u8 *p, size_t n) {
  for (; n >= 8; n -= 8, p += 8) {
    const u64 v = load_u64(p) ^ c;
    c = crc_of[7][v & 255] ^ crc_of[6][(v >> 8) & 255] ^ crc_of[5][(v >> 16) & 255] ^ crc_of[4][(v >> 24) & 255] ^
        crc_of[3][(v >> 32) & 255] ^ crc_of[2][(v >> 40) & 255] ^ crc_of[1][(v >> 48) & 255] ^ crc_of[0][v >> 56];
  }
  for (; n; n--) c = (c >> 8) ^ crc_of[0][(c ^ *p++) & 255];
  return c;
}

u32 crc32(u32 crc, const u8 *bytes, size_t size) {
  if (!crc_of[0][1]) fill_crc_tables();
  u32 c = ~crc;
  for (size_t at = 0; at < size;) {
    const size_t n = size - at < 8192 ? size - at : 8192;
    c = crc_piece(c, bytes + at, n);
    at += n;
  }
  return ~c;
}

struct adler {
  u32 a;
  u32 b;
};

// At most 5552 bytes, so that neither sum overflows before the reduction (RFC 1950 § 8.2).
static __attribute__((noinline)) struct adler adler_piece(struct adler s, const u8 *p, size_t n) {
  for (; n >= 16; n -= 16, p += 16) {
    u32 sum = 0, weighted = 0;
    for (u32 i = 0; i < 16; i++) {
      sum += p[i];
      weighted += (16 - i) * p[i];
    }
    s.b += 16 * s.a + weighted;
    s.a += sum;
  }
  for (; n; n--) {
    s.a += *p++;
    s.b += s.a;
  }
  s.a %= 65521;
  s.b %= 65521;
  return s;
}

u32 adler32(const u8 *bytes, size_t size) {
  struct adler s = {1, 0};
  for (size_t at = 0; at < size;) {
    const size_t n = size - at < 5552 ? size - at : 5552;
    s = adler_piece(s, bytes + at, n);
    at += n;
  }
  return s.b << 16 | s.a;
}
