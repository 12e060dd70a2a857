import type { CoreModule } from '../module/core-module.ts'
import {
  bytesPerGas,
  gasPerConstantByte,
  gasPerDefinition,
  gasPerEntry,
  gasPerExport,
  gasPerImport,
  gasPerPage,
} from './cost.ts'

/**
 * What instantiating a core module costs, units of gas (docs/gas.md). A component may instantiate one hundreds of times,
 * and none of its instructions runs meanwhile: so whatever an engine makes for an instance is paid here.
 */
export function instantiationGas(module: CoreModule): number {
  const { memory, segments } = module
  const pages = memory && !memory.imported ? memory.extent.min : 0
  let entries = segments.entries
  for (const { min } of module.tables.slice(module.importedTables)) entries += min
  const definitions = module.bodies.length + module.globals.length - module.importedGlobals + segments.count
  return (
    pages * gasPerPage +
    Math.floor(segments.bytes / bytesPerGas) +
    entries * gasPerEntry +
    definitions * gasPerDefinition +
    module.imports.length * gasPerImport +
    module.exports.size * gasPerExport +
    module.constantBytes * gasPerConstantByte
  )
}
