// The guest's own C under libFuzzer, AddressSanitizer and UndefinedBehaviorSanitizer; README.md has the command.
//
// An input is a control byte, eight parameter bytes, and a rest that is either a PNG as it stands or the parts of one.
// Of a PNG the checksums of the chunks are set right, so that mutations get past them. The checksum of the pixels can't
// be, so the second kind compresses the rest as filtered rows: it reaches the filters and the sample formats.
#include "../src/image.c"

#include "../src/checksum.h"
#include "../src/deflate.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { control_bytes = 9, made_pixels_max = 1 << 16, png_room = 1 << 21 };

static u8 png[png_room];

static size_t add_chunk(size_t at, const char *name, const u8 *data, size_t size) {
  store_u32_be(png + at, (u32)size);
  memcpy(png + at + 4, name, 4);
  if (size && data != png + at + 8) memcpy(png + at + 8, data, size);
  store_u32_be(png + at + 8 + size, crc32(0, png + at + 4, size + 4));
  return at + 12 + size;
}

static u8 next(const u8 **data, size_t *size) { return *size ? (--*size, *(*data)++) : 0; }

static size_t make_png(const u8 *data, size_t size) {
  static const u8 kinds[15][2] = {{0, 1}, {0, 2}, {0, 4}, {0, 8}, {0, 16}, {2, 8}, {2, 16}, {3, 1},
                                  {3, 2}, {3, 4}, {3, 8}, {4, 8}, {4, 16}, {6, 8}, {6, 16}};
  const u8 *kind = kinds[next(&data, &size) % 15];
  const u32 width = 1 + (next(&data, &size) | next(&data, &size) << 8) % 700, height = 1 + next(&data, &size) % 90;
  const u32 options = next(&data, &size);
  static u8 rows[made_pixels_max * 9];
  u8 header[13] = {0};
  store_u32_be(header, width);
  store_u32_be(header + 4, height);
  header[8] = kind[1];
  header[9] = kind[0];
  header[12] = options & 1;
  static const u8 signature[8] = {0x89, 'P', 'N', 'G', '\r', '\n', 0x1a, '\n'};
  memcpy(png, signature, 8);
  size_t at = add_chunk(8, "IHDR", header, 13);
  u8 palette[768];
  const u32 entries = 1 + next(&data, &size);
  for (u32 i = 0; i < 3 * entries; i++) palette[i] = (u8)(i * 37);
  if (kind[0] == 3 || options & 2) at = add_chunk(at, "PLTE", palette, 3 * entries);
  if (options & 4) at = add_chunk(at, "tRNS", palette, kind[0] == 0 ? 2 : kind[0] == 2 ? 6 : entries / 2);
  const u32 samples = kind[0] == 2 ? 3 : kind[0] == 6 ? 4 : kind[0] == 4 ? 2 : 1;
  static const u8 x0[7] = {0, 4, 0, 2, 0, 1, 0}, y0[7] = {0, 0, 4, 0, 2, 0, 1}, dx[7] = {8, 8, 4, 4, 2, 2, 1},
                  dy[7] = {8, 8, 8, 4, 4, 2, 2};
  size_t row_total = 0;
  for (u32 i = 0; i < (header[12] ? 7u : 1u); i++) {
    const u32 sx = header[12] ? dx[i] : 1, sy = header[12] ? dy[i] : 1, ox = header[12] ? x0[i] : 0, oy = header[12] ? y0[i] : 0;
    const u32 w = width > ox ? (width - ox + sx - 1) / sx : 0, h = height > oy ? (height - oy + sy - 1) / sy : 0;
    const size_t row = (w * samples * kind[1] + 7) / 8;
    for (u32 y = 0; w && y < h; y++) {
      rows[row_total++] = next(&data, &size) % (options & 8 ? 6 : 5);
      for (size_t k = 0; k < row; k++) rows[row_total++] = size ? next(&data, &size) : (u8)(k * y);
    }
  }
  if (options & 16 && row_total) row_total--;
  const size_t compressed = deflate(rows, row_total, png + at + 8);
  const size_t first = options & 32 ? compressed / 3 : compressed;
  static u8 copy[png_room];
  memcpy(copy, png + at + 8, compressed);
  at = add_chunk(at, "IDAT", copy, first);
  if (first < compressed) at = add_chunk(at, "IDAT", copy + first, compressed - first);
  return add_chunk(at, "IEND", NULL, 0);
}

static size_t repair_png(const u8 *data, size_t size) {
  if (size > png_room) size = png_room;
  memcpy(png, data, size);
  for (size_t at = 8; at + 12 <= size;) {
    const size_t length = load_u32_be(png + at);
    if (length > size - at - 12) break;
    store_u32_be(png + at + 8 + length, crc32(0, png + at + 4, length + 4));
    at += length + 12;
  }
  return size;
}

// What the guest writes it must read again, to the very same pixels.
static void check_png(const u8 *bytes, size_t size) {
  u8 *copy = malloc(size);
  memcpy(copy, bytes, size);
  arena_reset();
  struct picture first, second;
  struct bytes again;
  if (!png_read(copy, size, &first)) abort();
  free(copy);
  const size_t pixels = picture_bytes(&first);
  u8 *kept = malloc(pixels);
  memcpy(kept, first.pixels, pixels);
  if (!png_write(&first, &again)) abort();
  copy = malloc(again.size);
  memcpy(copy, again.start, again.size);
  arena_reset();
  if (!png_read(copy, again.size, &second)) abort();
  if (second.width != first.width || second.height != first.height || memcmp(second.pixels, kept, pixels)) abort();
  free(copy);
  free(kept);
}

int LLVMFuzzerTestOneInput(const u8 *data, size_t size) {
  if (size < control_bytes) return 0;
  const u8 control = data[0];
  const u8 *parameters = data + 1;
  const size_t png_size = control & 8 ? make_png(data + control_bytes, size - control_bytes)
                                      : repair_png(data + control_bytes, size - control_bytes);
  u8 *list = cabi_realloc(NULL, 0, 1, png_size);
  memcpy(list, png, png_size);
  struct answer *answer;
  if ((control & 3) == 0) {
    answer = image_crop(list, png_size, parameters[0], parameters[1], parameters[2] + parameters[4] * 256u, parameters[3]);
  } else if ((control & 3) == 1) {
    answer = image_rotate90(list, png_size);
  } else if ((control & 3) == 2) {
    answer = image_grayscale(list, png_size);
  } else {
    float sigma;
    memcpy(&sigma, parameters, 4);
    if (control & 16) sigma = (float)parameters[0] + (float)parameters[1] / 256;
    answer = image_blur(list, png_size, sigma);
  }
  if (answer->is_error) {
    if (!answer->size || answer->size > sizeof refusal.text) abort();
  } else {
    check_png(answer->start, answer->size);
  }
  arena_reset();
  return 0;
}
