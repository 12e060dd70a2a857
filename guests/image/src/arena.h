// Memory for one call. Nothing is freed singly: a phase ends by keeping one block and dropping the rest.
#pragma once

#include "base.h"

// 16-byte aligned and uninitialised, or NULL when the memory cannot grow. A size of 0 is fine.
void *arena_alloc(size_t size);

// Drops every block but the first `size` bytes of `block`, and returns where these are now.
void *arena_keep(void *block, size_t size);

// Drops everything.
void arena_reset(void);
