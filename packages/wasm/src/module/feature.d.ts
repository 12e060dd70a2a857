/** Carries a feature outside profile 1 out of the reading of a module. */
export declare class FeatureRefusal {
  readonly feature: string
  readonly offset: number
  constructor(feature: string, offset: number)
}
//# sourceMappingURL=feature.d.ts.map
