import { casesOf } from '@ipvm/wit/type'
/**
 * Whether a guest's idea of a host function is the host's own. Names of parameters do not count: calls pass values by
 * their place. Versions of resources do not either, since an interface is served in all its versions.
 */
export function isSameFunction(guest, host) {
  return (
    areSame(
      guest.params.map(param => param.type),
      host.params.map(param => param.type),
    ) && isSameOptional(guest.result, host.result)
  )
}
function isSameType(guest, host) {
  switch (guest.kind) {
    case 'list':
    case 'option':
      return host.kind === guest.kind && isSameType(guest.type, host.type)
    case 'tuple':
      return host.kind === 'tuple' && areSame(guest.types, host.types)
    case 'record':
      return host.kind === 'record' && haveSameCases(guest.fields, host.fields)
    case 'variant':
      return host.kind === 'variant' && haveSameCases(guest.cases, host.cases)
    case 'result':
      return host.kind === 'result' && haveSameCases(casesOf(guest), casesOf(host))
    case 'enum':
    case 'flags':
      return (
        host.kind === guest.kind &&
        guest.names.length === host.names.length &&
        guest.names.every((name, i) => name === host.names[i])
      )
    case 'own':
    case 'borrow':
      return host.kind === guest.kind && withoutVersion(guest.resource) === host.resource
    default:
      return host.kind === guest.kind
  }
}
function areSame(guest, host) {
  return guest.length === host.length && guest.every((type, i) => isSameOptional(type, host[i]))
}
function haveSameCases(guest, host) {
  return (
    guest.length === host.length &&
    guest.every((part, i) => part.name === host[i]?.name && isSameOptional(part.type, host[i]?.type))
  )
}
function isSameOptional(guest, host) {
  return guest && host ? isSameType(guest, host) : guest === host
}
/** `wasi:io/poll@0.2.0#pollable` as `wasi:io/poll#pollable`. */
function withoutVersion(resource) {
  return resource.replace(/@[^#]*/, '')
}
//# sourceMappingURL=same-type.js.map
