#include "guest.h"

// Greets someone: `greet` in __name__.wit.
EXPORT("greet")
result_text greet(const char *name, size_t length) {
  text hello = {"Hello, ", 7}, end = {"!", 1};
  return give(join(join(hello, (text){name, length}), end));
}
