// The one sentence a refused call answers with.
#pragma once

#include "base.h"

struct refusal {
  u32 length;
  char text[256];
};

extern struct refusal refusal;

// Writes the sentence and returns false, so that a check is `return refuse(...)`. Knows %u, %c and %s; longer text is cut.
__attribute__((format(printf, 1, 2))) bool refuse(const char *format, ...);

bool refuse_memory(size_t bytes);
