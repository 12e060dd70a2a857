// What the canonical ABI of components wants of a guest in C: texts go in as (bytes, length), and come out as a pointer to
// the same. Every call has a fresh instance, so memory is only ever taken. For one source file; it defines what it declares.
#pragma once
#include <stddef.h>
#include <stdint.h>

#define EXPORT(name) __attribute__((export_name(name)))

typedef struct {
  const char *bytes;
  size_t length;
} text;

typedef text *result_text;

extern unsigned char __heap_base;

// Memory of `size` bytes, with the content of `old`. Traps where there is no more.
EXPORT("cabi_realloc")
void *cabi_realloc(void *old, size_t old_size, size_t align, size_t size) {
  static uintptr_t top;
  if (top == 0) top = (uintptr_t)&__heap_base;
  uintptr_t at = (top + align - 1) / align * align;
  size_t have = __builtin_wasm_memory_size(0) * 65536;
  if (size > UINTPTR_MAX - at) __builtin_trap();
  if (at + size > have && __builtin_wasm_memory_grow(0, (at + size - have + 65535) / 65536) == (size_t)-1)
    __builtin_trap();
  top = at + size;
  for (size_t i = 0; i < old_size && i < size; i++) ((char *)at)[i] = ((char *)old)[i];
  return (void *)at;
}

static inline char *take(size_t size) { return cabi_realloc(0, 0, 1, size); }

static inline text join(text a, text b) {
  char *bytes = take(a.length + b.length);
  for (size_t i = 0; i < a.length; i++) bytes[i] = a.bytes[i];
  for (size_t i = 0; i < b.length; i++) bytes[a.length + i] = b.bytes[i];
  return (text){bytes, a.length + b.length};
}

// A text as a function gives it.
static inline result_text give(text it) {
  static text given;
  given = it;
  return &given;
}
