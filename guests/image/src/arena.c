#include "arena.h"

#ifdef __wasm__

extern u8 __heap_base;

static uintptr_t top;

static uintptr_t base(void) { return ((uintptr_t)&__heap_base + 15) & ~(uintptr_t)15; }

void *arena_alloc(size_t size) {
  const uintptr_t start = top ? top : base();
  if (size > UINT32_MAX - 65536 - start) return NULL;
  const uintptr_t end = (start + size + 15) & ~(uintptr_t)15;
  const size_t pages = (end + 65535) >> 16;
  const size_t held = __builtin_wasm_memory_size(0);
  if (pages > held && __builtin_wasm_memory_grow(0, pages - held) == SIZE_MAX) return NULL;
  top = end;
  return (void *)start;
}

void *arena_keep(void *block, size_t size) {
  void *kept = (void *)base();
  if (block != kept) __builtin_memmove(kept, block, size);
  top = (base() + size + 15) & ~(uintptr_t)15;
  return kept;
}

void arena_reset(void) { top = 0; }

#else

// The native build (fuzzers) gives every block to the sanitizer's allocator, which sees each byte read outside it.
#include <stdlib.h>
#include <string.h>

// Also here, the memory is finite: the fuzzers must meet the refusals too.
enum { blocks_max = 64 };
static const size_t native_bytes_max = 256u * 1024 * 1024;

static void *blocks[blocks_max];
static size_t block_count;
static size_t held;

void *arena_alloc(size_t size) {
  if (block_count == blocks_max || size > native_bytes_max - held) return NULL;
  void *block = malloc(size ? size : 1);
  if (!block) return NULL;
  held += size;
  return blocks[block_count++] = block;
}

void *arena_keep(void *block, size_t size) {
  void *kept = malloc(size ? size : 1);
  if (!kept) abort();
  memcpy(kept, block, size);
  arena_reset();
  held = size;
  return blocks[block_count++] = kept;
}

void arena_reset(void) {
  while (block_count) free(blocks[--block_count]);
  held = 0;
}

#endif
