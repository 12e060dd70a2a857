// Types and the few shared shapes. Freestanding: no header here may need a C library.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef uint8_t u8;
typedef uint16_t u16;
typedef uint32_t u32;
typedef uint64_t u64;

// Vector extensions instead of wasm_simd128.h, so that the fuzzers run the very same code natively.
// Integers only: float SIMD is outside the project's feature profile.
typedef u8 u8x16 __attribute__((vector_size(16)));
typedef u16 u16x8 __attribute__((vector_size(16)));
typedef u32 u32x4 __attribute__((vector_size(16)));

// The limits of this guest; README.md has the sum that keeps every function below 256 MiB.
enum {
  side_max = 16384,
  pixels_max = 4096 * 4096,
  png_bytes_max = 96 * 1024 * 1024,
};

// An 8-bit picture, rows packed. Channels: 1 gray, 2 gray + alpha, 3 RGB, 4 RGBA.
struct picture {
  u32 width;
  u32 height;
  u32 channels;
  u8 *pixels;
};

static inline size_t row_bytes(const struct picture *p) { return (size_t)p->width * p->channels; }
static inline size_t picture_bytes(const struct picture *p) { return row_bytes(p) * p->height; }
static inline bool has_alpha(const struct picture *p) { return p->channels == 2 || p->channels == 4; }
static inline u32 min_u32(u32 a, u32 b) { return a < b ? a : b; }

// Unaligned access; memcpy of a constant size is one load or store.
static inline u64 load_u64(const u8 *p) { u64 v; __builtin_memcpy(&v, p, 8); return v; }
static inline u32 load_u32(const u8 *p) { u32 v; __builtin_memcpy(&v, p, 4); return v; }
static inline void store_u64(u8 *p, u64 v) { __builtin_memcpy(p, &v, 8); }
static inline u8x16 load_u8x16(const u8 *p) { u8x16 v; __builtin_memcpy(&v, p, 16); return v; }
static inline void store_u8x16(u8 *p, u8x16 v) { __builtin_memcpy(p, &v, 16); }
static inline u32 load_u32_be(const u8 *p) { return __builtin_bswap32(load_u32(p)); }
static inline void store_u32_be(u8 *p, u32 v) { v = __builtin_bswap32(v); __builtin_memcpy(p, &v, 4); }
