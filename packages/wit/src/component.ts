/**
 * Reading components, without the conversion of values: what a worker thread needs to prepare one. Nothing behind this
 * entry imports a library, since a thread starts in the time that its modules take to load.
 */
export type { Component, CoreModuleRange, PrimitiveName, StringEncoding } from './binary/component.ts'
export { readComponent, readPreamble, type MalformedComponent } from './binary/read.ts'
export { ByteReader, Refusal } from './binary/reader.ts'
export { linkComponent, worldOf } from './component/link.ts'
export { linkModule, moduleWorld } from './core/link.ts'
export type {
  ComponentImport,
  CoreArgument,
  CoreInstantiation,
  CoreExports,
  CoreItem,
  CoreItemSort,
  ExportedLift,
  FunctionSource,
  ImportedFunction,
  Lift,
  Linkage,
  LinkedOptions,
  Lower,
  UnsupportedFeature,
  WithheldFunction,
} from './component/linkage.ts'
export type { World, WorldItem } from './world/world.ts'
export {
  exportedFunctions,
  moduleFunctions,
  nearestExport,
  resolveExport,
  type ExportedFunction,
  type ModuleFunctions,
} from './export/exports.ts'
