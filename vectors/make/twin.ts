import type { Delegation } from '@ipvm/ucan'

const orders = {
  zDn: 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n,
  zQ3: 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n,
}

/** The same token with the other of its two ECDSA signatures, (r, n − s): a second name for the same content. */
export function twinOf({ envelope, iss }: Delegation): Uint8Array {
  const order = iss.startsWith('did:key:zDn') ? orders.zDn : orders.zQ3
  const twin = Buffer.from(envelope.bytes)
  const s = BigInt(`0x${twin.subarray(35, 67).toString('hex')}`)
  twin.write((order - s).toString(16).padStart(64, '0'), 35, 'hex')
  return new Uint8Array(twin)
}
