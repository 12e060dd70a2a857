/** The engine of this JavaScript host. */
export const engine = Reflect.get(globalThis, 'WebAssembly')
//# sourceMappingURL=engine.js.map
