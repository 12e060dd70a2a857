/** What a program offers, for those who look for a function in it. */
export function functionsOf({ functions, linkage }) {
  return { functions, withheld: linkage.withheld }
}
//# sourceMappingURL=program.js.map
