/** The profile that runs are made under: features, gas, caps and NaNs, as docs/gas.md says. Frozen. */
export declare const profile = 'ipvm/1'
//# sourceMappingURL=profile.d.ts.map
