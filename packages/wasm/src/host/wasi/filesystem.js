import {
  bool,
  borrow,
  bytes,
  enumOf,
  flagsOf,
  func,
  interfaceOf,
  list,
  option,
  own,
  record,
  result,
  string,
  tuple,
  u64,
  unreachable,
  variant,
} from '../type.js'
import { datetime } from './clocks.js'
import { errorName, inputName, outputName } from './io.js'
const descriptorName = 'wasi:filesystem/types#descriptor'
const entriesName = 'wasi:filesystem/types#directory-entry-stream'
/** No directory is open, so there is no descriptor, and nothing to do with one. */
export const preopens = interfaceOf({
  'get-directories': [func({}, list(tuple(own(descriptorName), string))), () => []],
})
const errorCode = enumOf(
  'access would-block already bad-descriptor busy deadlock quota exist file-too-large illegal-byte-sequence in-progress interrupted invalid io is-directory loop too-many-links message-size name-too-long no-device no-entry no-lock insufficient-memory insufficient-space not-directory not-empty not-recoverable unsupported no-tty no-such-device overflow not-permitted pipe read-only invalid-seek text-file-busy cross-device',
)
const descriptorType = enumOf('unknown block-device character-device directory fifo symbolic-link regular-file socket')
const descriptorFlags = flagsOf(
  'read write file-integrity-sync data-integrity-sync requested-write-sync mutate-directory',
)
const pathFlags = flagsOf('symlink-follow')
const openFlags = flagsOf('create directory exclusive truncate')
const advice = enumOf('normal sequential random will-need dont-need no-reuse')
const newTimestamp = variant({ 'no-change': undefined, now: undefined, timestamp: datetime })
const timestamps = { 'data-access-timestamp': newTimestamp, 'data-modification-timestamp': newTimestamp }
const stat = record({
  type: descriptorType,
  'link-count': u64,
  size: u64,
  'data-access-timestamp': option(datetime),
  'data-modification-timestamp': option(datetime),
  'status-change-timestamp': option(datetime),
})
const hash = record({ lower: u64, upper: u64 })
const directoryEntry = record({ type: descriptorType, name: string })
const at = { 'path-flags': pathFlags, path: string }
const self = borrow(descriptorName)
/** A method of a descriptor that can fail. */
function method(name, params, ok) {
  return [`[method]descriptor.${name}`, [func({ self, ...params }, result(ok, errorCode)), unreachable]]
}
export const types = interfaceOf({
  ...Object.fromEntries([
    method('read-via-stream', { offset: u64 }, own(inputName)),
    method('write-via-stream', { offset: u64 }, own(outputName)),
    method('append-via-stream', {}, own(outputName)),
    method('advise', { offset: u64, length: u64, advice }),
    method('sync-data', {}),
    method('get-flags', {}, descriptorFlags),
    method('get-type', {}, descriptorType),
    method('set-size', { size: u64 }),
    method('set-times', timestamps),
    method('read', { length: u64, offset: u64 }, tuple(bytes, bool)),
    method('write', { buffer: bytes, offset: u64 }, u64),
    method('read-directory', {}, own(entriesName)),
    method('sync', {}),
    method('create-directory-at', { path: string }),
    method('stat', {}, stat),
    method('stat-at', at, stat),
    method('set-times-at', { ...at, ...timestamps }),
    method('link-at', {
      'old-path-flags': pathFlags,
      'old-path': string,
      'new-descriptor': self,
      'new-path': string,
    }),
    method('open-at', { ...at, 'open-flags': openFlags, flags: descriptorFlags }, own(descriptorName)),
    method('readlink-at', { path: string }, string),
    method('remove-directory-at', { path: string }),
    method('rename-at', { 'old-path': string, 'new-descriptor': self, 'new-path': string }),
    method('symlink-at', { 'old-path': string, 'new-path': string }),
    method('unlink-file-at', { path: string }),
    method('metadata-hash', {}, hash),
    method('metadata-hash-at', at, hash),
  ]),
  '[method]descriptor.is-same-object': [func({ self, other: self }, bool), unreachable],
  '[method]directory-entry-stream.read-directory-entry': [
    func({ self: borrow(entriesName) }, result(option(directoryEntry), errorCode)),
    unreachable,
  ],
  'filesystem-error-code': [func({ err: borrow(errorName) }, option(errorCode)), unreachable],
})
//# sourceMappingURL=filesystem.js.map
