/**
 * The functions that rewritten modules call, in WebAssembly as all the rest: what they do is the same on every engine,
 * and no call leaves the module. A run that crosses a quota ends in `unreachable`, which no guest can catch; the
 * globals of the meter then say which quota it was.
 */
import { gasPerEntry, gasPerPage } from '../gas/cost.ts'
import { gasPortion } from '../limits.ts'
import type { CoreModule } from '../module/core-module.ts'
import { importsCap, memoryCap, tableCap, type Additions, type Helper } from './additions.ts'
import { CodeBuffer } from './code-buffer.ts'

/** The pages that are left once the host could not serve a growth that was within the quota. */
export const hostRefused = -(2 ** 31)

/** The index of a helper's type. */
export function helperType(helper: Helper, module: CoreModule, { types }: Additions): number {
  if (helper === 'refill') return types.none
  if (!helper.startsWith('grow table')) return types.i32
  return module.tables[tableOf(helper)]?.element === 'externref' ? types.externref : types.funcref
}

/** The code of a helper, with its locals. */
export function helperBody(helper: Helper, module: CoreModule, additions: Additions): CodeBuffer {
  const body = new CodeBuffer().u32(0)
  switch (helper) {
    case 'refill':
      return refill(body, additions)
    case 'bulk':
      return charge(body, additions, [0x41, 0x03, 0x76, 0xad]).code(0x20, 0x00, 0x0b) // i32.const 3, i32.shr_u, extend
    case 'entries':
      return charge(body, additions, times(gasPerEntry)).code(0x20, 0x00, 0x0b)
    case 'grow':
      return growMemory(body, module, additions)
    default:
      return growTable(module, additions, tableOf(helper))
  }
}

/** Takes portions out of the pool until the module's gas is not negative; ends the run where the pool is. */
function refill(body: CodeBuffer, { pool, gas }: Additions): CodeBuffer {
  body.code(0x03, 0x40) // loop
  body.byte(0x23).u32(pool).byte(0x42).s32(gasPortion).byte(0x7d).byte(0x24).u32(pool)
  body.byte(0x23).u32(pool).code(0x42, 0x00, 0x53, 0x04, 0x40, 0x00, 0x0b) // if pool < 0, unreachable, end
  body.byte(0x23).u32(gas).byte(0x42).s32(gasPortion).byte(0x7c).byte(0x24).u32(gas)
  return body.byte(0x23).u32(gas).code(0x42, 0x00, 0x53, 0x0d, 0x00, 0x0b, 0x0b) // br_if 0 while gas < 0
}

/** Takes as much gas as the instructions `amount` make of local 0. */
function charge(body: CodeBuffer, additions: Additions, amount: readonly number[], local = 0): CodeBuffer {
  const { gas } = additions
  body
    .byte(0x23)
    .u32(gas)
    .byte(0x20)
    .u32(local)
    .code(...amount, 0x7d)
    .byte(0x24)
    .u32(gas)
  body.byte(0x23).u32(gas).code(0x42, 0x00, 0x53, 0x04, 0x40) // if gas < 0
  return body.byte(0x10).u32(additions.helper('refill')).byte(0x0b)
}

/**
 * `memory.grow` of local 0. Past the cap −1 is what every guest must see on every machine; past the quota the run ends;
 * and what the host cannot serve is a failure of the host, and no −1 either.
 */
function growMemory(body: CodeBuffer, module: CoreModule, additions: Additions): CodeBuffer {
  const { pages } = additions
  body.code(0x20, 0x00)
  if (importsCap(module)) body.byte(0x23).u32(additions.cap)
  else body.byte(0x41).s32(memoryCap(module.memory?.extent))
  body.code(0x3f, 0x00, 0x6b, 0x4b, 0x04, 0x40, 0x41, 0x7f, 0x0f, 0x0b) // if pages > cap - memory.size, return -1
  charge(body, additions, times(gasPerPage))
  body.byte(0x23).u32(pages).code(0x20, 0x00, 0x6b).byte(0x24).u32(pages)
  body.byte(0x23).u32(pages).code(0x41, 0x00, 0x48, 0x04, 0x40, 0x00, 0x0b) // if pages < 0, unreachable
  body.code(0x20, 0x00, 0x40, 0x00, 0x22, 0x00)
  return refusedByHost(body, pages).code(0x20, 0x00, 0x0b)
}

/** `table.grow` of local 0 by local 1. */
function growTable(module: CoreModule, additions: Additions, table: number): CodeBuffer {
  if (table < module.importedTables) return growImportedTable(additions, table)
  const body = new CodeBuffer().u32(0)
  body.code(0x20, 0x01, 0x41).s32(tableCap(module.tables[table]))
  body.code(0xfc, 16).u32(table).code(0x6b, 0x4b, 0x04, 0x40, 0x41, 0x7f, 0x0f, 0x0b)
  charge(body, additions, times(gasPerEntry), 1)
  body.code(0x20, 0x00, 0x20, 0x01, 0xfc, 15).u32(table).code(0x22, 0x01)
  return refusedByHost(body, additions.pages).code(0x20, 0x01, 0x0b)
}

/**
 * The cap of an imported table is not known here, so that only its growing says whether there is anything to pay. All
 * tables together are small enough for every host: −1 is the cap's.
 */
function growImportedTable(additions: Additions, table: number): CodeBuffer {
  const body = new CodeBuffer().code(0x01, 0x01, 0x7f) // local 2
  body.code(0x20, 0x00, 0x20, 0x01, 0xfc, 15).u32(table).code(0x22, 0x02)
  body.code(0x41, 0x7f, 0x47, 0x04, 0x40) // if it is not -1
  return charge(body, additions, times(gasPerEntry), 1).code(0x0b, 0x20, 0x02, 0x0b)
}

/** Ends the run where −1 is on the stack. */
function refusedByHost(body: CodeBuffer, pages: number): CodeBuffer {
  body.code(0x41, 0x7f, 0x46, 0x04, 0x40, 0x41).s32(hostRefused).byte(0x24).u32(pages)
  return body.code(0x00, 0x0b)
}

/** Makes of an i32 so many units of gas for each. */
function times(units: number): readonly number[] {
  return [0xad, 0x42, ...new CodeBuffer().s32(units).view(), 0x7e] // extend, i64.const, i64.mul
}

function tableOf(helper: Helper): number {
  return Number(helper.split(' ')[2])
}
