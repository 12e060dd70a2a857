import type { Result } from '@ipvm/ipld'
import type { Component, Definition } from '../binary/component.ts'
import { malformedComponent, type MalformedComponent } from '../binary/read.ts'
import { Refusal } from '../binary/reader.ts'
import { coreInstancesMax, definitionsMax, nestingMax } from '../limits.ts'
import { declaredEntity } from './declare.ts'
import { addAlias, addExport, linkedOptions, namedEntities, weightOf } from './define.ts'
import type {
  ComponentImport,
  CoreArgument,
  CoreInstantiation,
  CoreItem,
  ExportedLift,
  Lift,
  Linkage,
  Lower,
  UnsupportedFeature,
} from './linkage.ts'
import {
  at,
  refuse,
  Scope,
  type CoreInstanceEntity,
  type Entity,
  type InstanceEntity,
  type TypeEntity,
} from './scope.ts'
import { TypeResolver } from './type-scope.ts'
import { worldItems, type World } from '../world/world.ts'

/**
 * Resolves a component to the straight-line work that instantiates it (Component Model § Explainer): what every
 * index means, with nested components unfolded where they are instantiated. Nothing runs here.
 */
export function linkComponent(component: Component): Result<Linkage, MalformedComponent> {
  const linker = new Linker()
  try {
    return { ok: linker.link(component) }
  } catch (thrown) {
    if (thrown instanceof Refusal) return { error: malformedComponent(thrown.problem, thrown.offset) }
    throw thrown
  }
}

/** What a component wants and offers, by name. Nothing is said of whether it can be run. */
export function worldOf(component: Component): Result<World, MalformedComponent> {
  const linker = new Linker()
  try {
    return { ok: linker.world(component) }
  } catch (thrown) {
    if (thrown instanceof Refusal) return { error: malformedComponent(thrown.problem, thrown.offset) }
    throw thrown
  }
}

class Linker {
  readonly #modules: { start: number; end: number }[] = []
  /** A nested component may be unfolded several times, and its modules are still the same. */
  readonly #moduleOf = new WeakMap<Definition, number>()
  readonly #instances: CoreInstantiation[] = []
  readonly #lifts: Lift[] = []
  readonly #lowers: Lower[] = []
  readonly #imports: ComponentImport[] = []
  readonly #unsupported: UnsupportedFeature[] = []
  readonly #imported: (readonly [name: string, entity: Entity])[] = []
  readonly #types = new TypeResolver()
  #definitions = 0
  #components = 0

  link(component: Component): Linkage {
    const exports = this.#instantiate(component, undefined, undefined, 0)
    return {
      modules: this.#modules,
      instances: this.#instances,
      lifts: this.#lifts,
      lowers: this.#lowers,
      exports: this.#exportedLifts(exports),
      imports: this.#imports,
      withheld: [],
      unsupported: this.#unsupported,
    }
  }

  world(component: Component): World {
    const exports = this.#instantiate(component, undefined, undefined, 0)
    return { imports: worldItems(this.#imported), exports: worldItems(exports) }
  }

  /** @param args what the imports get; `undefined` at the top, where they are the host's */
  #instantiate(
    component: Component,
    parent: Scope | undefined,
    args: InstanceEntity | undefined,
    depth: number,
  ): InstanceEntity {
    const scope = new Scope(parent, this.#components++)
    const exports = new Map<string, Entity>()
    for (const definition of component.definitions) {
      this.#spend(weightOf(definition), definition.offset)
      if (depth > nestingMax) refuse(`components nested deeper than ${nestingMax}`, definition.offset)
      if (definition.kind === 'import') this.#import(definition, scope, args)
      else if (definition.kind === 'export') addExport(definition, scope, exports)
      else if (definition.kind === 'instance') this.#instance(definition, scope, depth)
      else this.#define(definition, scope)
    }
    return exports
  }

  /** Counts work: a component of a few bytes can ask for it many times over. */
  #spend(weight: number, offset: number): void {
    this.#definitions += weight
    if (this.#definitions > definitionsMax) refuse(`more than ${definitionsMax} definitions to evaluate`, offset)
  }

  #define(definition: Definition, scope: Scope): void {
    const { offset } = definition
    switch (definition.kind) {
      case 'core module':
        scope.coreModules.push(this.#module(definition))
        return
      case 'core instance':
        scope.coreInstances.push(this.#coreInstance(definition, scope))
        return
      case 'core instance exports': {
        const list = definition.exports.map(e => [e.name, scope.coreItem(e.sort, e.index, offset)] as const)
        const exports = new Map(list)
        // Whoever checks one of two things of one name may check the wrong one.
        if (exports.size < list.length) refuse('a core instance with two exports of one name', offset)
        scope.coreInstances.push({ exports, list })
        return
      }
      case 'component':
        scope.components.push({ component: definition.component, scope })
        return
      case 'instance exports':
        scope.instances.push(namedEntities(definition.exports, scope, offset))
        return
      case 'alias':
        addAlias(definition, scope)
        return
      case 'type':
        scope.types.push(this.#types.resolve(definition.type, scope, offset))
        return
      case 'lift':
        this.#lift(definition, scope)
        return
      case 'lower':
        this.#lower(definition, scope)
        return
      case 'resource.drop':
        scope.addCoreItem(this.#drop(definition, scope), offset)
        return
      case 'unsupported':
        if (definition.sort) scope.addCoreItem({ sort: 'core func', unsupported: definition.feature }, offset)
        else this.#unsupported.push({ feature: definition.feature, offset })
    }
  }

  #module(definition: Definition & { kind: 'core module' }): number {
    const known = this.#moduleOf.get(definition)
    if (known !== undefined) return known
    this.#moduleOf.set(definition, this.#modules.length)
    return this.#modules.push(definition.range) - 1
  }

  #coreInstance(definition: Definition & { kind: 'core instance' }, scope: Scope): CoreInstanceEntity {
    const { offset } = definition
    if (this.#instances.length >= coreInstancesMax) refuse(`more than ${coreInstancesMax} core instances`, offset)
    const args = definition.args.map((arg): CoreArgument => {
      const from = at(scope.coreInstances, arg.index, arg.sort, offset)
      return 'instance' in from ? { name: arg.name, instance: from.instance } : { name: arg.name, exports: from.list }
    })
    const module = at(scope.coreModules, definition.module, 'core module', offset)
    return { instance: this.#instances.push({ module, args }) - 1 }
  }

  #instance(definition: Definition & { kind: 'instance' }, scope: Scope, depth: number): void {
    const { offset } = definition
    const callee = at(scope.components, definition.component, 'component', offset)
    const args = namedEntities(definition.args, scope, offset)
    scope.instances.push(this.#instantiate(callee.component, callee.scope, args, depth + 1))
  }

  #import(definition: Definition & { kind: 'import' }, scope: Scope, args: InstanceEntity | undefined): void {
    const { name, extern, offset } = definition
    if (args) {
      const given = args.get(name)
      if (!given) refuse(`a nested component that is not given its import ${name}`, offset)
      if (given.sort !== (extern.sort === 'resource' ? 'type' : extern.sort)) {
        refuse(`a nested component whose import ${name} is given a ${given.sort}`, offset)
      }
      scope.add(given)
      return
    }
    const imported = declaredEntity({
      name,
      direction: 'import',
      extern,
      scope,
      offset,
      types: this.#types,
      spend: weight => this.#spend(weight, offset),
    })
    if (imported.wanted) this.#imports.push({ name, functions: imported.functions })
    scope.add(imported.entity)
    this.#imported.push([name, imported.entity])
  }

  #lift(definition: Definition & { kind: 'lift' }, scope: Scope): void {
    const { offset } = definition
    const type = at(scope.types, definition.type, 'type', offset)
    const unsupported = definition.options.async ?? this.#unsupportedLift(type)
    if (unsupported !== undefined) {
      scope.funcs.push({ unsupported, offset })
      return
    }
    if (type.kind !== 'function') refuse('canon lift without a function type', offset)
    const core = scope.coreItem('core func', definition.core, offset)
    const options = linkedOptions(definition.options, scope, offset)
    const lift = this.#lifts.push({ type: type.type, core, options, component: scope.component }) - 1
    scope.funcs.push({ type: type.type, source: { lift } })
  }

  /** Handles go to the host only: passing them between component instances is left out with resources of guests. */
  #unsupportedLift(type: TypeEntity): string | undefined {
    if (type.kind === 'unsupported') return type.feature
    return type.kind === 'function' && this.#types.mentionsHandle(type.type) ? 'resources' : undefined
  }

  #drop({ type, offset }: Definition & { kind: 'resource.drop' }, scope: Scope): CoreItem {
    const entity = at(scope.types, type, 'type', offset)
    if (entity.kind === 'resource') {
      return { sort: 'core func', drop: entity.resource, component: scope.component }
    }
    if (entity.kind === 'unsupported') return { sort: 'core func', unsupported: 'resource.drop' }
    return refuse(`resource.drop of a ${entity.kind} type`, offset)
  }

  #lower(definition: Definition & { kind: 'lower' }, scope: Scope): void {
    const { offset } = definition
    const func = at(scope.funcs, definition.func, 'func', offset)
    const unsupported = definition.options.async ?? ('unsupported' in func ? func.unsupported : undefined)
    if (unsupported !== undefined || 'unsupported' in func) {
      scope.addCoreItem({ sort: 'core func', unsupported: unsupported ?? '' }, offset)
      return
    }
    const options = linkedOptions(definition.options, scope, offset)
    const lower = this.#lowers.push({ type: func.type, callee: func.source, options, component: scope.component }) - 1
    scope.addCoreItem({ sort: 'core func', lower }, offset)
  }

  #exportedLifts(exports: InstanceEntity): ExportedLift[] {
    const found: ExportedLift[] = []
    const add = (name: string, entity: Entity): void => {
      if (entity.sort !== 'func') return
      const { func } = entity
      if ('unsupported' in func) {
        this.#unsupported.push({ feature: `${func.unsupported} (in the function ${name})`, offset: func.offset })
      } else if ('lift' in func.source) found.push({ name, lift: func.source.lift })
    }
    for (const [name, entity] of exports) {
      add(name, entity)
      if (entity.sort === 'instance') for (const [fun, inner] of entity.instance) add(`${name}#${fun}`, inner)
    }
    return found
  }
}
