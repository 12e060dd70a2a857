#include "inflate.h"

#include "checksum.h"
#include "refusal.h"

enum {
  code_bits_max = 15,
  fast_bits = 11,
  literal_codes = 288,
  distance_codes = 30,
  match_max = 258,
};

// An entry answers a lookup by the next `fast_bits` bits:
// bits 0-3 length of the code (0: longer than fast_bits, or no such code), 4-5 kind, 8-11 extra bits, 16-31 value.
enum { kind_literal = 0 << 4, kind_length = 1 << 4, kind_end = 2 << 4, kind_none = 3 << 4, kind_mask = 3 << 4 };

struct code {
  u32 fast[1 << fast_bits];
  // The canonical form, for codes longer than fast_bits: per length, the first code, left-aligned to 16 bits and past
  // its last one, and where its symbols start in `sorted`.
  u32 end[code_bits_max + 2];
  u32 first[code_bits_max + 1];
  u32 offset[code_bits_max + 1];
  u32 sorted[literal_codes];
};

struct stream {
  const u8 *in;
  const u8 *in_end;
  u8 *out;
  u8 *out_start;
  u8 *out_end;
  u64 bits;
  u32 bit_count;
  // Zero bytes handed out past the end of the input; more than are still unread means it ended too early.
  u32 borrowed;
};

static struct code literals, distances;

static const u16 length_base[29] = {3,  4,  5,  6,  7,  8,  9,  10, 11,  13,  15,  17,  19,  23, 27,
                                    31, 35, 43, 51, 59, 67, 83, 99, 115, 131, 163, 195, 227, 258};
static const u8 length_extra[29] = {0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3, 4, 4, 4, 4, 5, 5, 5, 5, 0};
static const u16 distance_base[30] = {1,   2,   3,   4,   5,   7,    9,    13,   17,   25,   33,   49,   65,    97,    129,
                                      193, 257, 385, 513, 769, 1025, 1537, 2049, 3073, 4097, 6145, 8193, 12289, 16385, 24577};
static const u8 distance_extra[30] = {0, 0, 0, 0, 1, 1, 2, 2,  3,  3,  4,  4,  5,  5,  6,
                                      6, 7, 7, 8, 8, 9, 9, 10, 10, 11, 11, 12, 12, 13, 13};
static const u8 length_code_order[19] = {16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15};

enum alphabet { alphabet_lengths, alphabet_literals, alphabet_distances };

static u32 entry_of(enum alphabet alphabet, u32 symbol) {
  if (alphabet == alphabet_lengths) return symbol << 16;
  if (alphabet == alphabet_distances) {
    return symbol < distance_codes ? (u32)distance_base[symbol] << 16 | (u32)distance_extra[symbol] << 8 : (u32)kind_none;
  }
  if (symbol < 256) return symbol << 16 | kind_literal;
  if (symbol == 256) return kind_end;
  if (symbol >= 286) return kind_none;
  return (u32)length_base[symbol - 257] << 16 | (u32)length_extra[symbol - 257] << 8 | kind_length;
}

static u32 reverse(u32 code, u32 bits) {
  u32 r = 0;
  for (; bits; bits--, code >>= 1) r = r << 1 | (code & 1);
  return r;
}

// Refuses what zlib refuses: too many codes, and an incomplete set unless it is one code of one bit (or none, for distances).
static bool build_code(struct code *code, enum alphabet alphabet, const u8 *lengths, u32 count) {
  u32 of_length[code_bits_max + 1] = {0};
  for (u32 i = 0; i < count; i++) of_length[lengths[i]]++;
  of_length[0] = 0;
  u32 next[code_bits_max + 1];
  u32 at = 0, offset = 0, longest = 0;
  for (u32 bits = 1; bits <= code_bits_max; bits++) {
    at <<= 1;
    code->first[bits] = next[bits] = at;
    code->offset[bits] = offset;
    at += of_length[bits];
    offset += of_length[bits];
    if (at > 1u << bits) return refuse("corrupt PNG: the compressed data has an over-full Huffman code");
    code->end[bits] = at << (16 - bits);
    if (of_length[bits]) longest = bits;
  }
  code->end[code_bits_max + 1] = UINT32_MAX;
  const bool incomplete = at != 1u << code_bits_max;
  if (incomplete && (alphabet == alphabet_lengths || longest > 1)) {
    return refuse("corrupt PNG: the compressed data has an incomplete Huffman code");
  }
  __builtin_memset(code->fast, 0, sizeof code->fast);
  for (u32 symbol = 0; symbol < count; symbol++) {
    const u32 bits = lengths[symbol];
    if (!bits) continue;
    const u32 value = next[bits]++;
    const u32 entry = entry_of(alphabet, symbol) | bits;
    code->sorted[code->offset[bits] + value - code->first[bits]] = entry;
    if (bits > fast_bits) continue;
    for (u32 i = reverse(value, bits); i < 1 << fast_bits; i += 1u << bits) code->fast[i] = entry;
  }
  return true;
}

static u32 long_entry(const struct code *code, u32 bits) {
  const u32 aligned = reverse(bits & 0xffff, 16);
  // A code shorter than fast_bits that is not in the fast table does not exist; the search then ends past the longest.
  u32 length = 1;
  while (aligned >= code->end[length]) length++;
  if (length > code_bits_max) return kind_none | 1;
  return code->sorted[code->offset[length] + (aligned >> (16 - length)) - code->first[length]];
}

static inline u32 entry_at(const struct code *code, u64 bits) {
  const u32 entry = code->fast[bits & ((1 << fast_bits) - 1)];
  return __builtin_expect(entry != 0, 1) ? entry : long_entry(code, (u32)bits);
}

// After this at least 56 bits can be looked at.
static inline void refill(struct stream *s) {
  if (__builtin_expect(s->in_end - s->in >= 8, 1)) {
    s->bits |= load_u64(s->in) << s->bit_count;
    s->in += (63 - s->bit_count) >> 3;
    s->bit_count |= 56;
    return;
  }
  while (s->bit_count < 56) {
    if (s->in < s->in_end) s->bits |= (u64)*s->in++ << s->bit_count;
    else s->borrowed++;
    s->bit_count += 8;
  }
}

static inline u32 take(struct stream *s, u32 count) {
  const u32 value = (u32)(s->bits & ((1ull << count) - 1));
  s->bits >>= count;
  s->bit_count -= count;
  return value;
}

static bool ended_early(const struct stream *s) { return s->borrowed * 8 > s->bit_count; }

static bool refuse_early_end(void) { return refuse("corrupt PNG: the compressed data ends too early"); }

static bool refuse_code(void) {
  return refuse("corrupt PNG: the compressed data has an unknown code or points before its start");
}

static bool refuse_surplus(void) { return refuse("corrupt PNG: the compressed data holds more than the picture"); }

static bool read_stored(struct stream *s) {
  take(s, s->bit_count & 7);
  refill(s);
  const u32 size = take(s, 16);
  const u32 complement = take(s, 16);
  if (ended_early(s)) return refuse_early_end();
  if (size != (complement ^ 0xffff)) return refuse("corrupt PNG: a stored block of the compressed data has a wrong length");
  // Whole bytes that were looked at go back to the input.
  s->in -= s->bit_count / 8 - s->borrowed;
  s->bits = 0;
  s->bit_count = 0;
  s->borrowed = 0;
  if (size > (size_t)(s->in_end - s->in)) return refuse_early_end();
  if (size > (size_t)(s->out_end - s->out)) return refuse_surplus();
  __builtin_memcpy(s->out, s->in, size);
  s->in += size;
  s->out += size;
  return true;
}

static bool read_codes(struct stream *s) {
  refill(s);
  const u32 literal_count = take(s, 5) + 257;
  const u32 distance_count = take(s, 5) + 1;
  const u32 length_count = take(s, 4) + 4;
  if (literal_count > 286 || distance_count > distance_codes) return refuse("corrupt PNG: the compressed data has too many symbols");
  u8 lengths[literal_codes + 32] = {0};
  for (u32 i = 0; i < length_count; i++) {
    refill(s);
    lengths[length_code_order[i]] = (u8)take(s, 3);
  }
  if (!build_code(&literals, alphabet_lengths, lengths, 19)) return false;
  __builtin_memset(lengths, 0, sizeof lengths);
  const u32 total = literal_count + distance_count;
  for (u32 i = 0; i < total;) {
    refill(s);
    if (ended_early(s)) return refuse_early_end();
    const u32 entry = entry_at(&literals, s->bits);
    if ((entry & kind_mask) == kind_none) return refuse_code();
    take(s, entry & 15);
    const u32 symbol = entry >> 16;
    if (symbol < 16) {
      lengths[i++] = (u8)symbol;
      continue;
    }
    if (symbol == 16 && i == 0) return refuse("corrupt PNG: the compressed data repeats a code length before the first");
    const u8 repeated = symbol == 16 ? lengths[i - 1] : 0;
    const u32 times = symbol == 16 ? 3 + take(s, 2) : symbol == 17 ? 3 + take(s, 3) : 11 + take(s, 7);
    if (times > total - i) return refuse("corrupt PNG: the compressed data has too many code lengths");
    for (u32 k = 0; k < times; k++) lengths[i++] = repeated;
  }
  if (!lengths[256]) return refuse("corrupt PNG: a block of the compressed data has no end");
  return build_code(&literals, alphabet_literals, lengths, literal_count) &&
         build_code(&distances, alphabet_distances, lengths + literal_count, distance_count);
}

static bool fixed_codes(void) {
  u8 lengths[literal_codes];
  for (u32 i = 0; i < literal_codes; i++) lengths[i] = i < 144 ? 8 : i < 256 ? 9 : i < 280 ? 7 : 8;
  if (!build_code(&literals, alphabet_literals, lengths, literal_codes)) return false;
  __builtin_memset(lengths, 5, 32);
  return build_code(&distances, alphabet_distances, lengths, 32);
}

// Copies at most 7 bytes too many; the caller keeps that much room.
static inline void copy_match_wide(u8 *out, u32 distance, u32 length) {
  const u8 *from = out - distance;
  u8 *end = out + length;
  if (distance >= 8) {
    do {
      store_u64(out, load_u64(from));
      out += 8;
      from += 8;
    } while (out < end);
  } else if (distance == 1) {
    const u64 run = *from * 0x0101010101010101ull;
    do {
      store_u64(out, run);
      out += 8;
    } while (out < end);
  } else {
    do *out++ = *from++;
    while (out < end);
  }
}

// Refused is what `refuse` returns: false.
enum progress { progress_refused = false, progress_more, progress_block_done };

// Decodes up to about `piece` bytes of output and returns, so that engines can swap in optimised code between calls.
static __attribute__((noinline)) enum progress decode_piece(struct stream *stream, size_t piece) {
  struct stream s = *stream;
  const u8 *pause = (size_t)(s.out_end - s.out) > piece ? s.out + piece : s.out_end;
  enum progress result = progress_more;
  // A round writes at most three literals and one match, plus seven bytes of a wide copy.
  while (s.out < pause && s.out_end - s.out >= match_max + 3 + 7) {
    refill(&s);
    u32 entry = entry_at(&literals, s.bits);
    // Three literals of at most 15 bits leave 11 of the 56 bits: enough to look at the next entry after a refill only.
    if ((entry & kind_mask) == kind_literal) {
      take(&s, entry & 15);
      *s.out++ = (u8)(entry >> 16);
      entry = entry_at(&literals, s.bits);
      if ((entry & kind_mask) == kind_literal) {
        take(&s, entry & 15);
        *s.out++ = (u8)(entry >> 16);
        entry = entry_at(&literals, s.bits);
        if ((entry & kind_mask) == kind_literal) {
          take(&s, entry & 15);
          *s.out++ = (u8)(entry >> 16);
          continue;
        }
      }
      refill(&s);
    }
    take(&s, entry & 15);
    if ((entry & kind_mask) != kind_length) {
      result = (entry & kind_mask) == kind_end ? progress_block_done : progress_refused;
      break;
    }
    const u32 length = (entry >> 16) + take(&s, entry >> 8 & 15);
    const u32 far = entry_at(&distances, s.bits);
    take(&s, far & 15);
    const u32 distance = (far >> 16) + take(&s, far >> 8 & 15);
    if ((far & kind_mask) == kind_none || distance > (size_t)(s.out - s.out_start)) {
      result = progress_refused;
      break;
    }
    copy_match_wide(s.out, distance, length);
    s.out += length;
  }
  *stream = s;
  if (ended_early(&s)) return refuse_early_end();
  if (result == progress_refused) return refuse_code();
  return result;
}

// The last bytes, one symbol at a time with every bound checked.
static enum progress decode_tail(struct stream *s) {
  for (;;) {
    refill(s);
    const u32 entry = entry_at(&literals, s->bits);
    take(s, entry & 15);
    if (ended_early(s)) return refuse_early_end();
    if ((entry & kind_mask) == kind_end) return progress_block_done;
    if ((entry & kind_mask) == kind_none) return refuse_code();
    if (s->out == s->out_end) return refuse_surplus();
    if ((entry & kind_mask) == kind_literal) {
      *s->out++ = (u8)(entry >> 16);
      continue;
    }
    const u32 length = (entry >> 16) + take(s, entry >> 8 & 15);
    const u32 far = entry_at(&distances, s->bits);
    take(s, far & 15);
    const u32 distance = (far >> 16) + take(s, far >> 8 & 15);
    if (ended_early(s)) return refuse_early_end();
    if ((far & kind_mask) == kind_none || distance > (size_t)(s->out - s->out_start)) return refuse_code();
    if (length > (size_t)(s->out_end - s->out)) return refuse_surplus();
    for (u32 i = 0; i < length; i++, s->out++) *s->out = *(s->out - distance);
  }
}

static bool read_compressed(struct stream *s) {
  while (s->out_end - s->out >= match_max + 3 + 7) {
    const enum progress progress = decode_piece(s, 16384);
    if (progress != progress_more) return progress == progress_block_done;
  }
  return decode_tail(s) == progress_block_done;
}

static bool read_block(struct stream *s, u32 type) {
  if (type == 0) return read_stored(s);
  if (type == 1) return fixed_codes() && read_compressed(s);
  if (type == 2) return read_codes(s) && read_compressed(s);
  return refuse("corrupt PNG: the compressed data has a block of an unknown type");
}

bool inflate(const u8 *in, size_t in_size, u8 *out, size_t out_size) {
  if (in_size < 6) return refuse_early_end();
  const u32 header = (u32)in[0] << 8 | in[1];
  if ((in[0] & 15) != 8 || in[0] >> 4 > 7 || in[1] & 32 || header % 31) {
    return refuse("corrupt PNG: the compressed data has no valid zlib header");
  }
  struct stream s = {.in = in + 2, .in_end = in + in_size, .out = out, .out_start = out, .out_end = out + out_size};
  for (bool last = false; !last;) {
    refill(&s);
    last = take(&s, 1);
    const u32 type = take(&s, 2);
    if (ended_early(&s)) return refuse_early_end();
    if (!read_block(&s, type)) return false;
  }
  if (s.out != s.out_end) return refuse("corrupt PNG: the compressed data holds less than the picture");
  take(&s, s.bit_count & 7);
  refill(&s);
  const u32 stated = __builtin_bswap32(take(&s, 32));
  if (ended_early(&s)) return refuse_early_end();
  if (stated != adler32(out, out_size)) return refuse("corrupt PNG: the checksum of the picture data does not match");
  return true;
}
