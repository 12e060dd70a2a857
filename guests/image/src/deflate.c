#include "deflate.h"

#include "checksum.h"

// A greedy matcher with two candidates per hash, tuned for filtered photographs: there nearly all of the gain is in the
// Huffman codes, and a deep search costs several times the rest of the encoder for less than one per cent.
enum {
  window = 32768,
  match_min = 4,
  match_max = 258,
  hash_bits = 14,
  block_tokens_max = 32768,
  stored_max = 65535,
  literal_codes = 286,
  distance_codes = 30,
  length_codes = 19,
  code_bits_max = 15,
  length_code_bits_max = 7,
  // After so many positions in a row without a match, the search steps over more and more of them.
  patience_bits = 6,
  step_max = 16,
};

struct output {
  u8 *at;
  u64 bits;
  u32 bit_count;
};

// A literal is its byte; a match is match_flag | length - 3 << 16 | distance - 1.
static const u32 match_flag = 1u << 31;

static u32 recent[1 << hash_bits][2];
static u32 tokens[block_tokens_max];
static u32 token_count;
static u32 literal_uses[literal_codes + 2];
static u32 distance_uses[distance_codes + 2];
static u8 length_symbol[256];
static u8 distance_symbol_near[256];
static u8 distance_symbol_far[256];

static const u8 length_extra[29] = {0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3, 4, 4, 4, 4, 5, 5, 5, 5, 0};
static const u8 distance_extra[30] = {0, 0, 0, 0, 1, 1, 2, 2,  3,  3,  4,  4,  5,  5,  6,
                                      6, 7, 7, 8, 8, 9, 9, 10, 10, 11, 11, 12, 12, 13, 13};
static const u8 length_code_order[19] = {16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15};
static u16 length_base[29];
static u16 distance_base[30];

static void fill_symbol_tables(void) {
  u32 base = 0;
  for (u32 symbol = 0; symbol < 28; symbol++) {
    length_base[symbol] = (u16)base;
    for (u32 i = 0; i < 1u << length_extra[symbol]; i++) length_symbol[base + i] = (u8)symbol;
    base += 1u << length_extra[symbol];
  }
  // 258 has its own symbol (RFC 1951 § 3.2.5).
  length_base[28] = 255;
  length_symbol[255] = 28;
  base = 0;
  for (u32 symbol = 0; symbol < distance_codes; symbol++) {
    distance_base[symbol] = (u16)base;
    const u32 end = base + (1u << distance_extra[symbol]);
    for (; base < end; base++) {
      if (base < 256) distance_symbol_near[base] = (u8)symbol;
      else distance_symbol_far[base >> 7] = (u8)symbol;
    }
  }
}

static inline u32 distance_symbol(u32 distance) {
  return distance < 256 ? distance_symbol_near[distance] : distance_symbol_far[distance >> 7];
}

// --- Huffman codes ---

struct huffman {
  u16 code[literal_codes + 2];
  u8 length[literal_codes + 2];
};

static struct huffman literals, distances, code_lengths;

static u32 reverse(u32 code, u32 bits) {
  u32 r = 0;
  for (; bits; bits--, code >>= 1) r = r << 1 | (code & 1);
  return r;
}

static void assign_codes(struct huffman *h, u32 count) {
  u32 of_length[code_bits_max + 1] = {0};
  for (u32 i = 0; i < count; i++) of_length[h->length[i]]++;
  of_length[0] = 0;
  u32 next[code_bits_max + 1] = {0};
  for (u32 bits = 1; bits <= code_bits_max; bits++) next[bits] = (next[bits - 1] + of_length[bits - 1]) << 1;
  for (u32 i = 0; i < count; i++) {
    if (h->length[i]) h->code[i] = (u16)reverse(next[h->length[i]]++, h->length[i]);
  }
}

// Sorts by uses, rarest first; ties by symbol, so that the result is the same everywhere. Each item is uses << 9 | symbol.
static void sort_items(u64 *items, u32 count) {
  for (u32 gap = count / 2; gap; gap = gap == 2 ? 1 : gap * 5 / 11) {
    for (u32 i = gap; i < count; i++) {
      const u64 item = items[i];
      u32 k = i;
      for (; k >= gap && items[k - gap] > item; k -= gap) items[k] = items[k - gap];
      items[k] = item;
    }
  }
}

// How many codes there are of each length, for `count` sorted items: the two-queue construction, then the lengths above
// the limit are shortened, and longer ones made of short ones until the set is complete again.
static void count_lengths(const u64 *items, u32 count, u32 bits_max, u32 *of_length) {
  static u64 weight[2 * literal_codes];
  static u16 parent[2 * literal_codes];
  static u8 depth[2 * literal_codes];
  u32 leaf = 0, node = count;
  for (u32 i = 0; i < count; i++) weight[i] = items[i] >> 9;
  for (u32 made = count; made < 2 * count - 1; made++) {
    weight[made] = 0;
    for (u32 side = 0; side < 2; side++) {
      const u32 pick = leaf < count && (node >= made || weight[leaf] <= weight[node]) ? leaf++ : node++;
      weight[made] += weight[pick];
      parent[pick] = (u16)made;
    }
  }
  depth[2 * count - 2] = 0;
  for (u32 i = 2 * count - 2; i-- > 0;) {
    depth[i] = (u8)(depth[parent[i]] + 1);
    if (i < count) of_length[min_u32(depth[i], bits_max)]++;
  }
  u32 total = 0;
  for (u32 bits = 1; bits <= bits_max; bits++) total += of_length[bits] << (bits_max - bits);
  for (; total > 1u << bits_max; total--) {
    of_length[bits_max]--;
    u32 bits = bits_max - 1;
    while (!of_length[bits]) bits--;
    of_length[bits]--;
    of_length[bits + 1] += 2;
  }
}

static void build_code(struct huffman *h, const u32 *uses, u32 count, u32 bits_max) {
  static u64 items[literal_codes + 2];
  u32 used = 0;
  for (u32 i = 0; i < count; i++) {
    h->length[i] = 0;
    if (uses[i]) items[used++] = (u64)uses[i] << 9 | i;
  }
  // A code of one symbol is filled up to two, since not every reader takes an incomplete one.
  for (u32 i = 0; used < 2; i++) {
    if (!uses[i]) items[used++] = i;
  }
  sort_items(items, used);
  u32 of_length[code_bits_max + 1] = {0};
  count_lengths(items, used, bits_max, of_length);
  for (u32 bits = bits_max, i = 0; bits; bits--) {
    for (u32 k = 0; k < of_length[bits]; k++) h->length[items[i++] & 511] = (u8)bits;
  }
  assign_codes(h, count);
}

static void build_fixed_codes(void) {
  for (u32 i = 0; i < literal_codes + 2; i++) literals.length[i] = i < 144 ? 8 : i < 256 ? 9 : i < 280 ? 7 : 8;
  for (u32 i = 0; i < distance_codes + 2; i++) distances.length[i] = 5;
  assign_codes(&literals, literal_codes + 2);
  assign_codes(&distances, distance_codes + 2);
}

// --- bits ---

static inline void put_bits(struct output *o, u32 value, u32 count) {
  o->bits |= (u64)value << o->bit_count;
  o->bit_count += count;
}

// After this at least 56 bits have room. Writes up to 7 bytes too many, which the bound allows for.
static inline void flush_bits(struct output *o) {
  store_u64(o->at, o->bits);
  o->at += o->bit_count >> 3;
  o->bits >>= o->bit_count & ~7u;
  o->bit_count &= 7;
}

static void align_to_byte(struct output *o) {
  o->bit_count = (o->bit_count + 7) & ~7u;
  flush_bits(o);
}

// --- the header of a block with its own codes (RFC 1951 § 3.2.7) ---

struct code_header {
  u32 literal_count;
  u32 distance_count;
  u32 length_count;
  u32 item_count;
  u64 bits;
  // Symbol in the low byte, value of the extra bits above.
  u16 items[literal_codes + distance_codes];
};

static struct code_header header;

static u32 repeat_bits(u32 symbol) { return symbol == 16 ? 2 : symbol == 17 ? 3 : symbol == 18 ? 7 : 0; }

static void plan_code_header(void) {
  static u8 lengths[literal_codes + distance_codes];
  u32 uses[length_codes] = {0};
  header.literal_count = literal_codes;
  header.distance_count = distance_codes;
  while (header.literal_count > 257 && !literals.length[header.literal_count - 1]) header.literal_count--;
  while (header.distance_count > 1 && !distances.length[header.distance_count - 1]) header.distance_count--;
  u32 total = 0;
  for (u32 i = 0; i < header.literal_count; i++) lengths[total++] = literals.length[i];
  for (u32 i = 0; i < header.distance_count; i++) lengths[total++] = distances.length[i];
  header.item_count = 0;
  for (u32 i = 0; i < total;) {
    u32 run = 1;
    while (i + run < total && lengths[i + run] == lengths[i]) run++;
    u32 symbol = lengths[i], extra = 0, step = 1;
    if (!symbol && run >= 11) symbol = 18, step = min_u32(run, 138), extra = step - 11;
    else if (!symbol && run >= 3) symbol = 17, step = run, extra = step - 3;
    else if (i && run >= 3 && lengths[i] == lengths[i - 1]) symbol = 16, step = min_u32(run, 6), extra = step - 3;
    header.items[header.item_count++] = (u16)(symbol | extra << 8);
    uses[symbol]++;
    i += step;
  }
  build_code(&code_lengths, uses, length_codes, length_code_bits_max);
  header.length_count = length_codes;
  while (header.length_count > 4 && !code_lengths.length[length_code_order[header.length_count - 1]]) header.length_count--;
  header.bits = 14 + 3 * header.length_count;
  for (u32 i = 0; i < length_codes; i++) header.bits += (u64)uses[i] * (code_lengths.length[i] + repeat_bits(i));
}

static void put_code_header(struct output *o) {
  put_bits(o, header.literal_count - 257, 5);
  put_bits(o, header.distance_count - 1, 5);
  put_bits(o, header.length_count - 4, 4);
  flush_bits(o);
  for (u32 i = 0; i < header.length_count; i++) {
    put_bits(o, code_lengths.length[length_code_order[i]], 3);
    flush_bits(o);
  }
  for (u32 i = 0; i < header.item_count; i++) {
    const u32 symbol = header.items[i] & 255;
    put_bits(o, code_lengths.code[symbol], code_lengths.length[symbol]);
    put_bits(o, header.items[i] >> 8, repeat_bits(symbol));
    flush_bits(o);
  }
}

// --- blocks ---

static u64 token_bits(void) {
  u64 bits = 0;
  for (u32 i = 0; i < literal_codes; i++) {
    bits += (u64)literal_uses[i] * (literals.length[i] + (i > 256 ? length_extra[i - 257] : 0u));
  }
  for (u32 i = 0; i < distance_codes; i++) bits += (u64)distance_uses[i] * (distances.length[i] + distance_extra[i]);
  return bits;
}

static __attribute__((noinline)) void put_tokens(struct output *out, const u32 *list, u32 count) {
  struct output o = *out;
  for (u32 i = 0; i < count; i++) {
    const u32 token = list[i];
    if (!(token & match_flag)) {
      put_bits(&o, literals.code[token], literals.length[token]);
      if (o.bit_count >= 48) flush_bits(&o);
      continue;
    }
    flush_bits(&o);
    const u32 length = token >> 16 & 255, distance = token & 0xffff;
    const u32 ls = length_symbol[length], ds = distance_symbol(distance);
    put_bits(&o, literals.code[257 + ls], literals.length[257 + ls]);
    put_bits(&o, length - length_base[ls], length_extra[ls]);
    put_bits(&o, distances.code[ds], distances.length[ds]);
    put_bits(&o, distance - distance_base[ds], distance_extra[ds]);
    flush_bits(&o);
  }
  flush_bits(&o);
  *out = o;
}

static void put_stored(struct output *o, const u8 *bytes, size_t size, bool last) {
  do {
    const u32 n = size < stored_max ? (u32)size : stored_max;
    size -= n;
    put_bits(o, last && !size, 3);
    align_to_byte(o);
    put_bits(o, n | (n ^ 0xffff) << 16, 32);
    flush_bits(o);
    __builtin_memcpy(o->at, bytes, n);
    o->at += n;
    bytes += n;
  } while (size);
}

// Writes the tokens so far, which stand for `bytes`, in the shortest of the three ways.
static void put_block(struct output *o, const u8 *bytes, size_t size, bool last) {
  literal_uses[256] = 1;
  build_fixed_codes();
  const u64 fixed_bits = token_bits();
  build_code(&literals, literal_uses, literal_codes, code_bits_max);
  build_code(&distances, distance_uses, distance_codes, code_bits_max);
  plan_code_header();
  const u64 own_bits = header.bits + token_bits();
  const u64 stored_bits = 8 * (size + 4) + 40 * (size / stored_max) + 7;
  if (stored_bits <= own_bits && stored_bits <= fixed_bits) {
    put_stored(o, bytes, size, last);
  } else {
    const bool fixed = fixed_bits <= own_bits;
    if (fixed) build_fixed_codes();
    put_bits(o, (fixed ? 2u : 4u) | last, 3);
    if (!fixed) put_code_header(o);
    flush_bits(o);
    for (u32 i = 0; i < token_count; i += 8192) put_tokens(o, tokens + i, min_u32(8192, token_count - i));
    put_bits(o, literals.code[256], literals.length[256]);
    flush_bits(o);
  }
  token_count = 0;
  __builtin_memset(literal_uses, 0, sizeof literal_uses);
  __builtin_memset(distance_uses, 0, sizeof distance_uses);
}

// --- matches ---

static inline u32 hash(u32 bytes) { return bytes * 0x9e3779b1u >> (32 - hash_bits); }

static inline u32 match_length(const u8 *a, const u8 *b, u32 limit) {
  u32 n = 0;
  for (; n + 8 <= limit; n += 8) {
    const u64 differing = load_u64(a + n) ^ load_u64(b + n);
    if (differing) return n + ((u32)__builtin_ctzll(differing) >> 3);
  }
  while (n < limit && a[n] == b[n]) n++;
  return n;
}

static inline void put_literal(u8 byte) {
  tokens[token_count++] = byte;
  literal_uses[byte]++;
}

static inline void put_match(u32 length, u32 distance) {
  tokens[token_count++] = match_flag | (length - 3) << 16 | (distance - 1);
  literal_uses[257 + length_symbol[length - 3]]++;
  distance_uses[distance_symbol(distance - 1)]++;
}

struct matcher {
  size_t at;
  u32 misses;
};

// Makes tokens until about `piece` bytes are done or the block is full; the last bytes of the input are always literals.
static __attribute__((noinline)) struct matcher find_matches(struct matcher m, const u8 *in, size_t size, size_t piece) {
  const size_t pause = size - m.at > piece ? m.at + piece : size;
  while (m.at < pause && token_count < block_tokens_max - step_max) {
    if (size - m.at < match_min + 8) {
      put_literal(in[m.at++]);
      continue;
    }
    const u32 bytes = load_u32(in + m.at);
    u32 *slot = recent[hash(bytes)];
    const u32 first = slot[0], second = slot[1];
    // Positions are stored plus one: zero is "none".
    slot[1] = first;
    slot[0] = (u32)m.at + 1;
    u32 best = 0, distance = 0;
    const u32 limit = size - m.at < match_max ? (u32)(size - m.at) : match_max;
    if (first && m.at + 1 - first <= window && load_u32(in + first - 1) == bytes) {
      best = match_length(in + first - 1, in + m.at, limit);
      distance = (u32)m.at + 1 - first;
    }
    if (second && m.at + 1 - second <= window && load_u32(in + second - 1) == bytes) {
      const u32 length = match_length(in + second - 1, in + m.at, limit);
      if (length > best) best = length, distance = (u32)m.at + 1 - second;
    }
    if (best) {
      put_match(best, distance);
      // Some positions inside the match become candidates, too: all of them would cost more than they bring.
      for (size_t i = m.at + 1, end = m.at + min_u32(best, 16); i < end && i + 4 <= size; i++) {
        u32 *inner = recent[hash(load_u32(in + i))];
        inner[1] = inner[0];
        inner[0] = (u32)i + 1;
      }
      m.at += best;
      m.misses = 0;
      continue;
    }
    const u32 step = min_u32(1 + (m.misses++ >> patience_bits), step_max);
    for (u32 i = 0; i < step && m.at < size; i++) put_literal(in[m.at++]);
  }
  return m;
}

size_t deflate_bound(size_t size) { return size + (size / (block_tokens_max / 2) + 2) * 16 + 64; }

size_t deflate(const u8 *in, size_t size, u8 *out) {
  fill_symbol_tables();
  __builtin_memset(recent, 0, sizeof recent);
  struct output o = {.at = out};
  put_bits(&o, 0x78 | 0x5e << 8, 16);
  flush_bits(&o);
  struct matcher m = {0, 0};
  size_t block_start = 0;
  do {
    m = find_matches(m, in, size, 16384);
    if (m.at == size || token_count >= block_tokens_max - step_max) {
      put_block(&o, in + block_start, m.at - block_start, m.at == size);
      block_start = m.at;
    }
  } while (m.at < size);
  align_to_byte(&o);
  const u32 sum = adler32(in, size);
  store_u32_be(o.at, sum);
  return (size_t)(o.at + 4 - out);
}
