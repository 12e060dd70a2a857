/** Carries a feature outside profile 1 out of the reading of a module. */
export class FeatureRefusal {
  feature
  offset
  constructor(feature, offset) {
    this.feature = feature
    this.offset = offset
  }
}
//# sourceMappingURL=feature.js.map
