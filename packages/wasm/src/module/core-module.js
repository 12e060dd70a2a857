export {}
//# sourceMappingURL=core-module.js.map
