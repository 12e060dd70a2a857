// The exports of ../image.wit in the canonical ABI: a list is lowered as pointer and length, a result comes back through
// a pointer to its flat layout.
#include "arena.h"
#include "base.h"
#include "blur.h"
#include "crop.h"
#include "grayscale.h"
#include "png_read.h"
#include "png_write.h"
#include "refusal.h"
#include "rotate.h"

#ifdef __wasm__
#define export(name) __attribute__((export_name(name)))
#else
#define export(name)
#endif

// The host puts arguments here. There is no way to answer "no" at this point, except to trap: an argument that does not
// fit into the memory has no place to be refused from.
export("cabi_realloc") void *cabi_realloc(void *old, size_t old_size, size_t align, size_t size) {
  (void)align;
  void *block = arena_alloc(size);
  if (!block) __builtin_trap();
  if (old) __builtin_memcpy(block, old, old_size < size ? old_size : size);
  return block;
}

#ifdef IMAGE_PLAIN

// world image-plain: list<u8>, and a trap where the other world answers with a sentence.
struct answer {
  const void *start;
  size_t size;
};

static struct answer *answer_with(bool ok, struct bytes png) {
  static struct answer answer;
  if (!ok) __builtin_trap();
  answer = (struct answer){.start = png.start, .size = png.size};
  return &answer;
}

#else

// world image: result<list<u8>, string>.
struct answer {
  u8 is_error;
  const void *start;
  size_t size;
};

static struct answer *answer_with(bool ok, struct bytes png) {
  static struct answer answer;
  answer = ok ? (struct answer){.is_error = 0, .start = png.start, .size = png.size}
              : (struct answer){.is_error = 1, .start = refusal.text, .size = refusal.length};
  return &answer;
}

#endif

export("crop") struct answer *image_crop(u8 *png, size_t size, u32 x, u32 y, u32 width, u32 height) {
  struct picture p;
  struct bytes out = {0};
  const struct rectangle wanted = {x, y, width, height};
  return answer_with(png_read(png, size, &p) && crop(&p, wanted) && png_write(&p, &out), out);
}

export("rotate90") struct answer *image_rotate90(u8 *png, size_t size) {
  struct picture p;
  struct bytes out = {0};
  return answer_with(png_read(png, size, &p) && rotate90(&p) && png_write(&p, &out), out);
}

export("grayscale") struct answer *image_grayscale(u8 *png, size_t size) {
  struct picture p;
  struct bytes out = {0};
  return answer_with(png_read(png, size, &p) && grayscale(&p) && png_write(&p, &out), out);
}

export("blur") struct answer *image_blur(u8 *png, size_t size, float sigma) {
  struct picture p;
  struct bytes out = {0};
  return answer_with(png_read(png, size, &p) && blur(&p, sigma) && png_write(&p, &out), out);
}

// A host that keeps the instance gets the memory of the call back.
export("cabi_post_crop") void post_crop(struct answer *a) { (void)a, arena_reset(); }
export("cabi_post_rotate90") void post_rotate90(struct answer *a) { (void)a, arena_reset(); }
export("cabi_post_grayscale") void post_grayscale(struct answer *a) { (void)a, arena_reset(); }
export("cabi_post_blur") void post_blur(struct answer *a) { (void)a, arena_reset(); }
