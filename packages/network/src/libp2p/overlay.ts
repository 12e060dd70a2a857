/** An object with some of its parts replaced; all else is the object's own, and is done by itself. */
export function overlay<T extends object>(target: T, parts: Partial<T>): T {
  return new Proxy(target, {
    get(_, key) {
      const part: unknown = Reflect.get(parts, key)
      if (part !== undefined) return part
      // By the target, not the proxy: private fields are the target's.
      const own: unknown = Reflect.get(target, key, target)
      return typeof own === 'function' && key !== 'constructor' ? own.bind(target) : own
    },
    set: (_, key, value) => Reflect.set(target, key, value, target),
  })
}
