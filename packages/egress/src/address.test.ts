import { expect, test } from 'vitest'
import { addressBytes, isWithin, readPrefix } from './address.ts'
import { readException, refusedAddress } from './exceptions.ts'
import { specialKind } from './special.ts'

const kindOf = (text: string) => specialKind(addressBytes(text) ?? new Uint8Array())

test('addresses are read as the platform reads them', () => {
  for (const text of [
    '::',
    '::1',
    '1::',
    '2001:db8::1:0:0:2',
    'fe80::1:2:3:4',
    '::ffff:127.0.0.1',
    '64:ff9b::10.0.0.1',
  ]) {
    const bytes = addressBytes(text)
    const words = Array.from({ length: 8 }, (_, i) => ((bytes?.[2 * i] ?? 0) << 8) | (bytes?.[2 * i + 1] ?? 0))
    const back = new URL(`http://[${words.map(word => word.toString(16)).join(':')}]/`).hostname
    expect(back).toBe(new URL(`http://[${text}]/`).hostname)
  }
  for (const text of ['', '1.2.3', '256.0.0.1', '0x7f.0.0.1', 'fe80::1%eth0', '12345::', 'localhost', '[::1]']) {
    expect(addressBytes(text), text).toBeUndefined()
  }
})

test('a range is an address and how many of its bits count; those behind have to be 0', () => {
  const range = readPrefix('172.16.0.0/12')
  expect(range && isWithin(addressBytes('172.31.255.255') ?? new Uint8Array(), range)).toBe(true)
  expect(range && isWithin(addressBytes('172.32.0.0') ?? new Uint8Array(), range)).toBe(false)
  for (const text of ['10.0.0.1/8', '10.0.0.0/33', '10.0.0.0/', '::/129', '::1/64'])
    expect(readPrefix(text)).toBeUndefined()
})

test('what is no place on the public Internet is known as what it is', () => {
  const kinds = {
    ...{ '127.0.0.1': 'loopback', '127.255.0.9': 'loopback', '0.0.0.0': 'this network', '10.1.2.3': 'private' },
    ...{ '172.16.0.1': 'private', '192.168.1.1': 'private', '100.100.100.200': 'shared by a provider (CGNAT)' },
    ...{ '169.254.169.254': 'link-local', '168.63.129.16': "a cloud host's own", '224.0.0.1': 'multicast' },
    ...{ '255.255.255.255': 'reserved', '198.18.0.1': 'for benchmarks', '192.88.99.1': '6to4' },
    ...{ '::1': 'loopback', '::': 'unspecified', '::ffff:8.8.8.8': 'IPv4 written as IPv6', '::7f00:1': 'reserved' },
    ...{ 'fd00:ec2::254': 'private', 'fe80::1': 'link-local', 'ff02::1': 'multicast', '2001:0:1::': 'Teredo' },
    ...{ '2002:7f00:1::': '6to4', '2001:db8::1': 'for documentation', '5f00::1': 'reserved' },
    ...{ '64:ff9b:1::a00:1': 'a private NAT64', '64:ff9b::127.0.0.1': 'loopback, through NAT64' },
  }
  for (const [address, kind] of Object.entries(kinds)) expect(kindOf(address), address).toBe(kind)
  for (const address of ['8.8.8.8', '172.32.0.1', '100.128.0.1', '2606:4700::1111', '64:ff9b::8.8.8.8'])
    expect(kindOf(address), address).toBeUndefined()
})

test('an owner opens a private place by address and port, and no other', () => {
  const exceptions = ['127.0.0.1:8080', '10.0.0.0/8:443', '[fd00::]/8:*'].map(text => {
    const read = readException(text)
    if ('error' in read) throw new Error(read.error.message)
    return read.ok
  })
  const refused = (address: string, port: number) => refusedAddress(address, port, exceptions)
  expect(refused('127.0.0.1', 8080)).toBeUndefined()
  expect(refused('10.9.8.7', 443)).toBeUndefined()
  expect(refused('fd12::1', 5432)).toBeUndefined()
  expect(refused('127.0.0.1', 8081)).toBe('loopback')
  expect(refused('127.0.0.2', 8080)).toBe('loopback')
  expect(refused('::ffff:127.0.0.1', 8080)).toBe('IPv4 written as IPv6')
  expect(refused('64:ff9b::127.0.0.1', 8080)).toBe('loopback, through NAT64')
  for (const text of ['localhost:80', '10.0.0.0/8', '10.0.0.1/8:80', '127.0.0.1:99999', '::1:80', '[::1]', '*:80'])
    expect('error' in readException(text), text).toBe(true)
})
