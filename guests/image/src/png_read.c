#include "png_read.h"

#include "arena.h"
#include "checksum.h"
#include "inflate.h"
#include "refusal.h"

enum { color_gray = 0, color_rgb = 2, color_palette = 3, color_gray_alpha = 4, color_rgba = 6 };

// What the chunks before the picture data say.
struct source {
  u32 width;
  u32 height;
  u32 depth;
  u32 color;
  u32 palette_count;
  u8 *data;
  size_t data_size;
  bool interlaced;
  bool has_key;
  u16 key[3];
  u8 palette[256][4];
};

// One of the seven reduced pictures of Adam7 (§ 8.1), or the whole picture.
struct pass {
  u32 x0, y0, dx, dy;
};

static const struct pass adam7[7] = {{0, 0, 8, 8}, {4, 0, 8, 8}, {0, 4, 4, 8}, {2, 0, 4, 4}, {0, 2, 2, 4}, {1, 0, 2, 2}, {0, 1, 1, 2}};
static const struct pass whole = {0, 0, 1, 1};

static u32 pass_count(const struct source *s) { return s->interlaced ? 7 : 1; }
static const struct pass *pass_at(const struct source *s, u32 i) { return s->interlaced ? &adam7[i] : &whole; }
static u32 pass_width(const struct source *s, const struct pass *p) {
  return s->width > p->x0 ? (s->width - p->x0 + p->dx - 1) / p->dx : 0;
}
static u32 pass_height(const struct source *s, const struct pass *p) {
  return s->height > p->y0 ? (s->height - p->y0 + p->dy - 1) / p->dy : 0;
}

static u32 source_samples(const struct source *s) {
  return s->color == color_rgb ? 3 : s->color == color_rgba ? 4 : s->color == color_gray_alpha ? 2 : 1;
}

static u32 result_channels(const struct source *s) {
  if (s->color == color_palette) return s->has_key ? 4 : 3;
  return source_samples(s) + (s->has_key ? 1 : 0);
}

static size_t packed_row_bytes(const struct source *s, u32 width) {
  return ((size_t)width * source_samples(s) * s->depth + 7) / 8;
}

// --- chunks ---

static bool is_depth_allowed(u32 color, u32 depth) {
  switch (color) {
    case color_gray: return depth == 1 || depth == 2 || depth == 4 || depth == 8 || depth == 16;
    case color_palette: return depth == 1 || depth == 2 || depth == 4 || depth == 8;
    case color_rgb:
    case color_gray_alpha:
    case color_rgba: return depth == 8 || depth == 16;
    default: return false;
  }
}

static bool read_header(struct source *s, const u8 *data, u32 size) {
  if (size != 13) return refuse("corrupt PNG: the IHDR chunk has %u bytes, not 13", size);
  s->width = load_u32_be(data);
  s->height = load_u32_be(data + 4);
  s->depth = data[8];
  s->color = data[9];
  s->interlaced = data[12] == 1;
  if (s->width == 0 || s->height == 0) return refuse("corrupt PNG: a side of the picture is 0 pixels long");
  if (s->width > side_max || s->height > side_max) {
    return refuse("picture too large: %ux%u pixels, a side may have %u at most", s->width, s->height, (u32)side_max);
  }
  if (s->width * s->height > pixels_max) {
    return refuse("picture too large: %ux%u pixels, %u are the most in all", s->width, s->height, (u32)pixels_max);
  }
  if (!is_depth_allowed(s->color, s->depth)) {
    return refuse("corrupt PNG: colour type %u with a bit depth of %u does not exist", s->color, s->depth);
  }
  if (data[10] || data[11] || data[12] > 1) {
    return refuse("corrupt PNG: unknown compression, filter or interlace method (%u, %u, %u)", (u32)data[10], (u32)data[11],
                  (u32)data[12]);
  }
  return true;
}

static bool read_palette(struct source *s, const u8 *data, u32 size) {
  if (s->palette_count) return refuse("corrupt PNG: there are two PLTE chunks");
  if (size == 0 || size > 768 || size % 3) return refuse("corrupt PNG: the PLTE chunk has %u bytes", size);
  s->palette_count = size / 3;
  for (u32 i = 0; i < s->palette_count; i++) {
    for (u32 k = 0; k < 3; k++) s->palette[i][k] = data[3 * i + k];
    s->palette[i][3] = 255;
  }
  return true;
}

static bool read_transparency(struct source *s, const u8 *data, u32 size) {
  if (s->color == color_gray_alpha || s->color == color_rgba) return true;  // Not allowed there, and harmless.
  if (s->has_key) return refuse("corrupt PNG: there are two tRNS chunks");
  s->has_key = true;
  if (s->color == color_palette) {
    if (!s->palette_count) return refuse("corrupt PNG: the tRNS chunk comes before the palette");
    if (size > s->palette_count) return refuse("corrupt PNG: the tRNS chunk has more entries than the palette");
    for (u32 i = 0; i < size; i++) s->palette[i][3] = data[i];
    return true;
  }
  const u32 samples = source_samples(s);
  if (size != 2 * samples) return refuse("corrupt PNG: the tRNS chunk has %u bytes, not %u", size, 2 * samples);
  // Bits above the depth are ignored (§ 11.3.1.1).
  for (u32 i = 0; i < samples; i++) s->key[i] = (u16)((data[2 * i] << 8 | data[2 * i + 1]) & ((1u << s->depth) - 1));
  return true;
}

static u32 name_of(const char *name) { return load_u32_be((const u8 *)name); }

static bool refuse_chunk(const char *what, u32 name) {
  return refuse("corrupt PNG: the %c%c%c%c chunk %s", (int)(name >> 24), (int)(name >> 16 & 255), (int)(name >> 8 & 255),
                (int)(name & 255), what);
}

static bool is_letter(u32 c) { return (c | 32) >= 'a' && (c | 32) <= 'z'; }

static bool is_name(u32 n) { return is_letter(n >> 24) && is_letter(n >> 16 & 255) && is_letter(n >> 8 & 255) && is_letter(n & 255); }

static bool is_critical(u32 name) { return !(name >> 24 & 32); }

static bool read_signature(const u8 *png, size_t size) {
  static const u8 signature[8] = {0x89, 'P', 'N', 'G', '\r', '\n', 0x1a, '\n'};
  static const char hex[] = "0123456789abcdef";
  char shown[24] = "";
  const u32 count = size < 8 ? (u32)size : 8;
  bool same = true;
  for (u32 i = 0; i < count; i++) {
    same &= png[i] == signature[i];
    shown[3 * i] = hex[png[i] >> 4];
    shown[3 * i + 1] = hex[png[i] & 15];
    shown[3 * i + 2] = i + 1 < count ? ' ' : 0;
  }
  if (size == 0) return refuse("not a PNG: there are no bytes");
  if (same && size < 8) return refuse("truncated PNG: only %u bytes of the signature are there", count);
  return same || refuse("not a PNG: the first bytes are %s, not 89 50 4e 47 0d 0a 1a 0a", shown);
}

// Gathers the picture data of all IDAT chunks behind each other, in the place of the first.
static bool read_chunks(struct source *s, u8 *png, size_t size) {
  if (!read_signature(png, size)) return false;
  bool data_ended = false;
  for (size_t at = 8;;) {
    if (size - at < 12) return refuse("truncated PNG: it ends after %u bytes, before its IEND chunk", (u32)size);
    const u32 length = load_u32_be(png + at);
    const u32 name = load_u32_be(png + at + 4);
    u8 *data = png + at + 8;
    if (!is_name(name) || length > INT32_MAX) return refuse("corrupt PNG: there is no chunk at byte %u", (u32)at);
    if (at == 8 && name != name_of("IHDR")) return refuse_chunk("comes first, not IHDR", name);
    if (length > size - at - 12) {
      return refuse("truncated PNG: the chunk at byte %u has %u bytes, and %u are left", (u32)at, length, (u32)(size - at - 12));
    }
    const bool used = is_critical(name) || name == name_of("tRNS");
    if (used && load_u32_be(data + length) != crc32(0, png + at + 4, (size_t)length + 4)) {
      return refuse_chunk("does not match its checksum", name);
    }
    if (name != name_of("IDAT") && s->data) data_ended = true;
    if (name == name_of("IHDR")) {
      if (at != 8) return refuse("corrupt PNG: there are two IHDR chunks");
      if (!read_header(s, data, length)) return false;
    } else if (name == name_of("PLTE")) {
      if (s->data) return refuse_chunk("comes after the picture data", name);
      if (!read_palette(s, data, length)) return false;
    } else if (name == name_of("tRNS")) {
      if (s->data) return refuse_chunk("comes after the picture data", name);
      if (!read_transparency(s, data, length)) return false;
    } else if (name == name_of("IDAT")) {
      if (data_ended) return refuse_chunk("does not follow the other picture data", name);
      if (!s->data) s->data = data;
      else __builtin_memmove(s->data + s->data_size, data, length);
      s->data_size += length;
    } else if (name == name_of("IEND")) {
      break;
    } else if (is_critical(name)) {
      return refuse_chunk("is unknown and marked as indispensable", name);
    }
    at += (size_t)length + 12;
  }
  if (!s->data) return refuse("corrupt PNG: there is no picture data");
  if (s->color == color_palette && !s->palette_count) return refuse("corrupt PNG: the palette is missing");
  return true;
}

// --- filters (§ 9.2) ---

static inline u8 paeth(int a, int b, int c) {
  const int pa = b - c, pb = a - c, pc = pa + pb;
  const int da = pa < 0 ? -pa : pa, db = pb < 0 ? -pb : pb, dc = pc < 0 ? -pc : pc;
  return (u8)(da <= db && da <= dc ? a : db <= dc ? b : c);
}

// `bpp` is a constant at every call, which makes the left neighbours stay in registers.
static inline __attribute__((always_inline)) void undo_left(u32 filter, u8 *row, const u8 *up, size_t size, size_t bpp) {
  u8 a[8] = {0}, c[8] = {0};
  for (size_t i = 0; i + bpp <= size; i += bpp) {
    for (size_t k = 0; k < bpp; k++) {
      const u8 b = up[i + k];
      const u8 guess = filter == 1 ? a[k] : filter == 3 ? (u8)((a[k] + b) >> 1) : paeth(a[k], b, c[k]);
      row[i + k] = a[k] = (u8)(row[i + k] + guess);
      c[k] = b;
    }
  }
}

static inline __attribute__((always_inline)) void undo_left_any(u32 filter, u8 *row, const u8 *up, size_t size, size_t bpp) {
  switch (bpp) {
    case 1: return undo_left(filter, row, up, size, 1);
    case 2: return undo_left(filter, row, up, size, 2);
    case 3: return undo_left(filter, row, up, size, 3);
    case 4: return undo_left(filter, row, up, size, 4);
    case 6: return undo_left(filter, row, up, size, 6);
    default: return undo_left(filter, row, up, size, 8);
  }
}

static __attribute__((noinline)) void undo_sub(u8 *row, const u8 *up, size_t size, size_t bpp) {
  undo_left_any(1, row, up, size, bpp);
}

static __attribute__((noinline)) void undo_up(u8 *row, const u8 *up, size_t size) {
  size_t i = 0;
  for (; i + 16 <= size; i += 16) store_u8x16(row + i, load_u8x16(row + i) + load_u8x16(up + i));
  for (; i < size; i++) row[i] = (u8)(row[i] + up[i]);
}

static __attribute__((noinline)) void undo_average(u8 *row, const u8 *up, size_t size, size_t bpp) {
  undo_left_any(3, row, up, size, bpp);
}

static __attribute__((noinline)) void undo_paeth(u8 *row, const u8 *up, size_t size, size_t bpp) {
  undo_left_any(4, row, up, size, bpp);
}

static bool undo_filter(u8 *line, const u8 *up, size_t size, size_t bpp) {
  u8 *row = line + 1;
  switch (line[0]) {
    case 0: return true;
    case 1: return undo_sub(row, up, size, bpp), true;
    case 2: return undo_up(row, up, size), true;
    case 3: return undo_average(row, up, size, bpp), true;
    case 4: return undo_paeth(row, up, size, bpp), true;
    default: return refuse("corrupt PNG: a row has the unknown filter %u", (u32)line[0]);
  }
}

static bool undo_filters(const struct source *s, u8 *lines, const u8 *zeros) {
  const size_t bpp = (source_samples(s) * s->depth + 7) / 8;
  for (u32 i = 0; i < pass_count(s); i++) {
    const struct pass *p = pass_at(s, i);
    const size_t size = packed_row_bytes(s, pass_width(s, p));
    const u8 *up = zeros;
    // An empty pass has no rows, and not even filter bytes (§ 8.1).
    for (u32 y = 0; size && y < pass_height(s, p); y++) {
      if (!undo_filter(lines, up, size, bpp)) return false;
      up = lines + 1;
      lines += size + 1;
    }
  }
  return true;
}

// --- samples (§ 13.12): rounded to 8 bits, never cut ---

static inline u8 sample_8(u32 sample, u32 depth) {
  if (depth == 16) return (u8)((sample * 255 + 32895) >> 16);
  return (u8)(sample * 255 / ((1u << depth) - 1));
}

static inline u32 sample_at(const u8 *row, size_t i, u32 depth) {
  if (depth == 16) return (u32)row[2 * i] << 8 | row[2 * i + 1];
  if (depth == 8) return row[i];
  const size_t bit = i * depth;
  return row[bit >> 3] >> (8 - depth - (bit & 7)) & ((1u << depth) - 1);
}

static bool expand_palette(const struct source *s, const u8 *row, u8 *out, u32 width) {
  const u32 channels = result_channels(s);
  for (u32 x = 0; x < width; x++) {
    const u32 index = sample_at(row, x, s->depth);
    if (index >= s->palette_count) {
      return refuse("corrupt PNG: a pixel has colour %u of a palette of %u", index, s->palette_count);
    }
    for (u32 k = 0; k < channels; k++) *out++ = s->palette[index][k];
  }
  return true;
}

// `row` and `out` may be the same memory as long as no result pixel is wider than its source.
static __attribute__((noinline)) bool expand_row(const struct source *s, const u8 *row, u8 *out, u32 width) {
  if (s->color == color_palette) return expand_palette(s, row, out, width);
  const u32 samples = source_samples(s), depth = s->depth;
  if (depth == 8 && !s->has_key) return __builtin_memmove(out, row, (size_t)width * samples), true;
  for (size_t x = 0, i = 0; x < width; x++) {
    bool is_key = s->has_key;
    for (u32 k = 0; k < samples; k++, i++) {
      const u32 sample = sample_at(row, i, depth);
      if (k < 3) is_key &= sample == s->key[k];
      *out++ = sample_8(sample, depth);
    }
    if (s->has_key) *out++ = is_key ? 0 : 255;
  }
  return true;
}

static bool expand_rows(const struct source *s, const u8 *lines, u8 *out) {
  for (u32 i = 0; i < pass_count(s); i++) {
    const struct pass *p = pass_at(s, i);
    const u32 width = pass_width(s, p);
    const size_t size = packed_row_bytes(s, width);
    for (u32 y = 0; size && y < pass_height(s, p); y++, lines += size + 1, out += (size_t)width * result_channels(s)) {
      if (!expand_row(s, lines + 1, out, width)) return false;
    }
  }
  return true;
}

// --- interlace (§ 8.1) ---

static __attribute__((noinline)) void scatter_row(const u8 *from, u8 *to, u32 width, u32 channels, u32 step) {
  for (u32 x = 0; x < width; x++, to += (size_t)step * channels) {
    for (u32 k = 0; k < channels; k++) to[k] = *from++;
  }
}

static void scatter_passes(const struct source *s, const u8 *from, u8 *to) {
  const u32 channels = result_channels(s);
  for (u32 i = 0; i < 7; i++) {
    const struct pass *p = &adam7[i];
    const u32 width = pass_width(s, p);
    for (u32 y = 0; y < pass_height(s, p) && width; y++, from += (size_t)width * channels) {
      u8 *row = to + ((size_t)(p->y0 + y * p->dy) * s->width + p->x0) * channels;
      scatter_row(from, row, width, channels, p->dx);
    }
  }
}

// --- the whole ---

static size_t lines_size(const struct source *s) {
  size_t total = 0;
  for (u32 i = 0; i < pass_count(s); i++) {
    const struct pass *p = pass_at(s, i);
    const size_t size = packed_row_bytes(s, pass_width(s, p));
    if (size) total += (size + 1) * pass_height(s, p);
  }
  return total;
}

bool png_read(u8 *png, size_t size, struct picture *picture) {
  if (size > png_bytes_max) return refuse("PNG too large: %u bytes, %u are the most", (u32)size, (u32)png_bytes_max);
  struct source s = {0};
  if (!read_chunks(&s, png, size)) return false;

  const size_t raw_size = lines_size(&s);
  u8 *lines = arena_alloc(raw_size);
  if (!lines) return refuse_memory(raw_size);
  if (!inflate(s.data, s.data_size, lines, raw_size)) return false;
  lines = arena_keep(lines, raw_size);

  const size_t widest = packed_row_bytes(&s, s.width);
  u8 *zeros = arena_alloc(widest);
  if (!zeros) return refuse_memory(widest);
  __builtin_memset(zeros, 0, widest);
  if (!undo_filters(&s, lines, zeros)) return false;

  *picture = (struct picture){.width = s.width, .height = s.height, .channels = result_channels(&s)};
  const size_t bytes = picture_bytes(picture);
  const bool in_place = picture->channels * 8 <= source_samples(&s) * s.depth;
  u8 *pixels = in_place ? lines : arena_alloc(bytes);
  if (!pixels) return refuse_memory(bytes);
  if (!expand_rows(&s, lines, pixels)) return false;

  if (s.interlaced) {
    u8 *woven = arena_alloc(bytes);
    if (!woven) return refuse_memory(bytes);
    scatter_passes(&s, pixels, woven);
    pixels = woven;
  }
  picture->pixels = arena_keep(pixels, bytes);
  return true;
}
