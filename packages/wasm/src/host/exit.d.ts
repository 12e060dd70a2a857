/** The guest ended itself (`wasi:cli/exit`). Thrown through its frames, as a trap is. */
export declare class GuestExit extends Error {
  readonly name = 'GuestExit'
  /** 0 is success; `undefined` is a failure without a number. */
  readonly status: number | undefined
  constructor(status: number | undefined)
}
//# sourceMappingURL=exit.d.ts.map
