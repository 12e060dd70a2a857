// Unsigned inside: the overflow of a signed addition has no meaning in C.
__attribute__((export_name("add-one"))) int add_one(int n) { return (int)((unsigned)n + 1); }
