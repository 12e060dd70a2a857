#include "guest.h"

static char moved(char letter, int by) {
  char first = letter >= 'a' && letter <= 'z' ? 'a' : letter >= 'A' && letter <= 'Z' ? 'A' : 0;
  return first ? (char)(first + (letter - first + by % 26 + 26) % 26) : letter;
}

// `shift` in shift.wit.
EXPORT("shift")
result_text shift(const char *letters, size_t length, int32_t by) {
  char *made = take(length);
  for (size_t i = 0; i < length; i++) made[i] = moved(letters[i], by);
  return give((text){made, length});
}
