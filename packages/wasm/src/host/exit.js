/** The guest ended itself (`wasi:cli/exit`). Thrown through its frames, as a trap is. */
export class GuestExit extends Error {
  name = 'GuestExit'
  /** 0 is success; `undefined` is a failure without a number. */
  status
  constructor(status) {
    super(`the guest ended itself with exit(${status ?? 'failure'})`)
    this.status = status
  }
}
//# sourceMappingURL=exit.js.map
