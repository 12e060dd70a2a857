import { handlesMax } from '../limits.js'
import { trap } from './trap.js'
/**
 * The handles that a component instance owns (Canonical ABI § Handle State): numbers from 1 on, the one that was given
 * back last is given out first. A guest can see these numbers, so that the order is part of the profile.
 */
export class HandleTable {
  #handles = [undefined]
  #free = []
  #lent = []
  /** A new handle. */
  add(resource, rep) {
    const index = this.#free.pop() ?? this.#handles.length
    if (index > handlesMax) trap(`it holds more than ${handlesMax} handles`)
    this.#handles[index] = { resource, rep, lends: 0 }
    return index
  }
  /** Takes a handle back, because it is dropped or given away. */
  take(index, resource) {
    const handle = this.#at(index, resource)
    if (handle.lends > 0) trap(`the handle ${index} was given away or dropped while it was borrowed`)
    this.#handles[index] = undefined
    this.#free.push(index)
    return handle.rep
  }
  /** Lends a handle to the call that is being made; {@link HandleTable.endLending} ends it. */
  lend(index, resource) {
    const handle = this.#at(index, resource)
    handle.lends += 1
    this.#lent.push(handle)
    return handle.rep
  }
  /** The call that borrowed handles has returned. */
  endLending() {
    for (const handle of this.#lent.splice(0)) handle.lends -= 1
  }
  #at(index, resource) {
    const handle = this.#handles[index]
    if (!handle) return trap(`the handle ${index}, which there is not`)
    if (handle.resource !== resource) trap(`the handle ${index} is of ${handle.resource}, where ${resource} is wanted`)
    return handle
  }
}
//# sourceMappingURL=handle.js.map
