#include "refusal.h"

#include <stdarg.h>

struct refusal refusal;

static void put(char c) {
  if (refusal.length < sizeof refusal.text) refusal.text[refusal.length++] = c;
}

static void put_number(u32 n) {
  if (n >= 10) put_number(n / 10);
  put((char)('0' + n % 10));
}

bool refuse(const char *format, ...) {
  va_list values;
  va_start(values, format);
  refusal.length = 0;
  for (const char *f = format; *f; f++) {
    if (*f != '%') {
      put(*f);
    } else if (*++f == 'u') {
      put_number(va_arg(values, u32));
    } else if (*f == 'c') {
      put((char)va_arg(values, int));
    } else {
      for (const char *s = va_arg(values, const char *); *s; s++) put(*s);
    }
  }
  va_end(values);
  return false;
}

bool refuse_memory(size_t bytes) {
  return refuse("out of memory: %u more bytes are needed, and the memory cannot grow by that", (u32)bytes);
}
