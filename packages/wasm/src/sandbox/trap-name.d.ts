/** An engine's trap in plain words, the same for every engine. */
export declare function trapName(said: string): string
//# sourceMappingURL=trap-name.d.ts.map
