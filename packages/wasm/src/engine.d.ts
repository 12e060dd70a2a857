/**
 * The part of the JavaScript API of WebAssembly that ipvm uses. TypeScript declares that API in its DOM library only,
 * together with a browser's globals, which must not become visible in packages that run elsewhere.
 */
export interface Engine {
  readonly validate: (bytes: Uint8Array<ArrayBuffer>) => boolean
  readonly Module: new (bytes: Uint8Array<ArrayBuffer>) => CompiledModule
  readonly Instance: new (module: CompiledModule, imports?: ImportObject) => Instance
  readonly Memory: Constructor<Memory>
  readonly Global: new <T extends number | bigint>(type: GlobalType, value: T) => Global<T>
  readonly Table: Constructor<Table>
  readonly RuntimeError: Constructor<Error>
  readonly LinkError: Constructor<Error>
  readonly CompileError: Constructor<Error>
}
/** A class that is used with `instanceof` only. */
type Constructor<T> = abstract new (...args: never[]) => T
/** Compiled code. Structured clone posts it to workers without copying it. */
export interface CompiledModule {
  readonly [Symbol.toStringTag]?: 'WebAssembly.Module'
}
/** An instance: its exports are functions, memories, tables and globals. */
export interface Instance {
  readonly exports: Readonly<Record<string, unknown>>
}
/** What a module imports, by namespace and name. */
export type ImportObject = Readonly<Record<string, Readonly<Record<string, unknown>>>>
/** A linear memory. Its buffer is another one after each growth. */
export interface Memory {
  readonly buffer: ArrayBuffer
}
/** A global of a number type; an `i64` is a bigint. */
export interface Global<T extends number | bigint = number | bigint> {
  value: T
}
/** The type of a global. */
export interface GlobalType {
  readonly value: 'i32' | 'i64'
  readonly mutable: boolean
}
/** A table of functions. */
export interface Table {
  set(index: number, func: unknown): void
}
/** The engine of this JavaScript host. */
export declare const engine: Engine
export {}
//# sourceMappingURL=engine.d.ts.map
