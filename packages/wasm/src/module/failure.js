/** The refusal of a feature by its name. */
export function unsupportedFeature(feature, offset) {
  const message = `it uses ${feature} at byte ${offset}, which profile 1 does not have; build it without`
  return { name: 'UnsupportedModule', message }
}
//# sourceMappingURL=failure.js.map
