/**
 * The guard of a module that grows its memory: every `memory.grow` becomes a call to one function that we append.
 *
 * Why appended and not imported: an imported function or global would renumber every index of its kind in code,
 * elements, exports and names; what is appended at the end of its index space renumbers nothing, so that whole bodies
 * are copied. The appended function reaches the shared quota through an appended table of one entry, which the host
 * fills after instantiation; the module's own start function would run before that, so it is exported instead, and the
 * host calls it next. Hidden exports are out of the guest's reach: linking goes by the exports of the original.
 *
 *     (func $grow (param $pages i32) (result i32)
 *       (if (i32.gt_u $pages (i32.sub (global.get $cap) (memory.size))) (then (return (i32.const -1))))
 *       (call_indirect $guard (type (func (param i32))) $pages (i32.const 0))         ;; reserve, or end the run
 *       (if (i32.eq (local.tee $pages (memory.grow $pages)) (i32.const -1))
 *         (then (call_indirect $guard (type (func (param i32))) (i32.const -1) (i32.const 0))))  ;; a host failure
 *       $pages)
 *
 * `$cap` is the memory's own maximum, or the profile's: past it −1 is what the guest must see. It is a global because
 * the maximum of an imported memory is known only when it is linked.
 */
import type { CoreModule } from '../module/core-module.ts'
import { ByteWriter } from './writer.ts'

/** The names of the exports that were added, for the linker. */
export interface Guard {
  readonly table: string
  readonly cap: string
  readonly start: string | undefined
}

/** Indices that the appended things get. */
export interface GuardIndices {
  readonly growType: number
  readonly reserveType: number
  readonly func: number
  readonly table: number
  readonly cap: number
}

/** Where appended things stand: at the end of each index space. */
export function guardIndices(module: CoreModule): GuardIndices {
  return {
    growType: module.types,
    reserveType: module.types + 1,
    func: module.functions.length,
    table: module.tables.length,
    cap: module.globals,
  }
}

/** Names that no export of the module has. */
export function guardNames(module: CoreModule): Guard {
  const free = (name: string): string => {
    let candidate = name
    while (module.exports.has(candidate)) candidate += "'"
    return candidate
  }
  return {
    table: free('ipvm:guard'),
    cap: free('ipvm:cap'),
    start: module.start === undefined ? undefined : free('ipvm:start'),
  }
}

/** The code of the appended function. */
export function guardBody(indices: GuardIndices): ByteWriter {
  const { reserveType, table, cap } = indices
  return new ByteWriter()
    .u32(0)
    .bytes(0x20, 0x00, 0x23) // local.get pages, global.get …
    .u32(cap)
    .bytes(0x3f, 0x00, 0x6b, 0x4b) // memory.size, i32.sub, i32.gt_u
    .bytes(0x04, 0x40, 0x41, 0x7f, 0x0f, 0x0b) // if, i32.const -1, return, end
    .bytes(0x20, 0x00, 0x41, 0x00, 0x11) // local.get pages, i32.const 0, call_indirect …
    .u32(reserveType)
    .u32(table)
    .bytes(0x20, 0x00, 0x40, 0x00, 0x22, 0x00) // local.get pages, memory.grow, local.tee pages
    .bytes(0x41, 0x7f, 0x46, 0x04, 0x40) // i32.const -1, i32.eq, if
    .bytes(0x41, 0x7f, 0x41, 0x00, 0x11) // i32.const -1, i32.const 0, call_indirect …
    .u32(reserveType)
    .u32(table)
    .bytes(0x0b, 0x20, 0x00, 0x0b) // end, local.get pages, end
}
