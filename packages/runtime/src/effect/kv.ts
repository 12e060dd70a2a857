import { decode, encode, type Value } from '@ipvm/ipld'
import type { KvEntry } from '@ipvm/store'
import * as v from 'valibot'
import { defineEffect } from './define.ts'
import type { Effect, EffectOutcome } from './effect.ts'

const keyLengthMax = 1024
const valueBytesMax = 1_048_576
const listMax = 1000

const key = v.pipe(v.string(), v.minLength(1), v.maxLength(keyLengthMax), v.description('the name of an entry'))
const expected = v.optional(
  v.pipe(
    v.number(),
    v.integer(),
    v.minValue(0),
    v.description('only where the version is that one; 0 is that there is none'),
  ),
)
const anyValue = v.pipe(
  v.custom<Value>(value => value !== undefined, 'expected a value'),
  v.description('of any kind, up to 1 MiB'),
)
const own = [['like', '.key', 'visits/*']]

/** `{key}` → `{value, version}`, or null where there is none. */
const get = defineEffect({
  cmd: '/kv/get',
  class: 'query',
  about: {
    summary: "Reads an entry of this node's own key-value map.",
    result: '`{value, version}`, or null where there is none',
    example: { args: { key: 'visits/today' }, policy: own, refused: { key: 'salaries' } },
  },
  args: v.strictObject({ key }),
  run: async (args, { store }) => {
    const entry = await store.kv(args.key)
    return entry ? readEntry(entry, ({ value, version }) => ({ value, version })) : { ok: null }
  },
})

/** `{prefix, after?, limit?}` → `[{key, value, version}]`, in the order of the keys' bytes. */
const list = defineEffect({
  cmd: '/kv/list',
  class: 'query',
  about: {
    summary: "Lists entries of this node's own key-value map, in the order of their keys' bytes.",
    result: '`[{key, value, version}]`; where there may be more, ask again `after` the last key',
    example: {
      args: { prefix: 'visits/', limit: 10 },
      policy: [['like', '.prefix', 'visits/*']],
      refused: { prefix: '' },
    },
  },
  args: v.strictObject({
    prefix: v.pipe(v.string(), v.maxLength(keyLengthMax), v.description('how the keys begin')),
    after: v.optional(v.pipe(key, v.description('only keys after this one'))),
    limit: v.optional(
      v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(listMax), v.description('how many at most')),
      100,
    ),
  }),
  run: async ({ prefix, after, limit }, { store }) => {
    const found: Value[] = []
    for (const entry of await store.kvList(prefix, { limit, after })) {
      const read = readEntry(entry, whole => whole)
      if ('error' in read) return read
      found.push(read.ok)
    }
    return { ok: found }
  },
})

/** `{key, value, expect?}` → `{version}`. With `expect`, only where the version is that one; 0 is that there is none. */
const put = defineEffect({
  cmd: '/kv/put',
  class: 'mutation',
  about: {
    summary: "Writes an entry of this node's own key-value map: exactly once, in one piece with the receipt.",
    result: '`{version}`, which grows by one with each change of the entry',
    example: { args: { key: 'visits/today', value: 1 }, policy: own, refused: { key: 'salaries', value: 1 } },
  },
  idempotent: true,
  local: true,
  args: v.strictObject({ key, value: anyValue, expect: expected }),
  run: async (args, { store }) => {
    const value = encode(args.value)
    if (value.length > valueBytesMax) return tooLarge(args.key, value.length)
    const now = await store.kv(args.key)
    const mismatch = wrongVersion(args.key, now, args.expect)
    if (mismatch) return mismatch
    const version = (await store.kvVersion(args.key)) + 1
    return { ok: { version }, change: { kv: [{ key: args.key, value, version }] } }
  },
})

/** `{key, expect?}` → null. With `expect`, only where the version is that one. */
const remove = defineEffect({
  cmd: '/kv/delete',
  class: 'mutation',
  about: {
    summary: "Takes an entry out of this node's own key-value map.",
    result: 'null',
    example: { args: { key: 'visits/today' }, policy: own, refused: { key: 'salaries' } },
  },
  idempotent: true,
  local: true,
  args: v.strictObject({ key, expect: expected }),
  run: async (args, { store }) => {
    const now = await store.kv(args.key)
    const mismatch = wrongVersion(args.key, now, args.expect)
    if (mismatch) return mismatch
    if (!now) return { ok: null }
    return { ok: null, change: { kv: [{ key: args.key, version: now.version + 1 }] } }
  },
})

/** A key-value map of this node's own, written in one piece with the receipt: each change is made exactly once. */
export const kvEffects: readonly Effect[] = [get, list, put, remove]

function readEntry(
  { key: name, value, version }: KvEntry,
  give: (entry: { readonly key: string; readonly value: Value; readonly version: number }) => Value,
): EffectOutcome {
  const read = decode(value)
  return 'ok' in read
    ? { ok: give({ key: name, value: read.ok, version }) }
    : {
        error: { name: 'DamagedValue', message: `the value of "${name}" cannot be read: ${read.error.message}` },
        verdict: 'final',
      }
}

function wrongVersion(name: string, now: KvEntry | undefined, wanted: number | undefined): EffectOutcome | undefined {
  const version = now?.version ?? 0
  if (wanted === undefined || wanted === version) return undefined
  const message = `"${name}" has version ${version}, not ${wanted}: another change came first; read it and try again`
  return { error: { name: 'VersionMismatch', message, version }, verdict: 'final' }
}

function tooLarge(name: string, bytes: number): EffectOutcome {
  const message = `the value for "${name}" has ${bytes} bytes; at most ${valueBytesMax} are kept: put a file and keep its CID`
  return { error: { name: 'ValueTooLarge', message }, verdict: 'final' }
}
