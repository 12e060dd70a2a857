import { expect, test } from 'vitest'
import { until } from '../suite/harness.test-fixture.ts'
import { FrameWriter, readFrames } from './frames.ts'
import { plainNode } from './plain.test-fixture.ts'

test('frames that were held back for a slow reader come, though the stream was closed behind them', async () => {
  const protocol = '/test/frames/1'
  const pieces = [1, 500, 600, 300].map(kibibytes => new Uint8Array(kibibytes * 1024))
  const bob = await plainNode(8)
  const alice = await plainNode(9)
  await bob.handle(protocol, async stream => {
    const writer = new FrameWriter(stream)
    for (const [number, piece] of pieces.entries()) {
      await writer.write([number, piece])
      // Each comes by itself, so that the last one finds the reader paused.
      await new Promise(resolve => setTimeout(resolve, 20))
    }
    await stream.close()
  })
  const stream = await alice.dialProtocol(bob.getMultiaddrs(), protocol)
  void stream.close()
  const frames = readFrames(stream)
  const numbers: unknown[] = []
  for await (const [number] of frames) {
    numbers.push(number)
    await until(() => stream.status === 'closed')
  }
  expect(numbers).toEqual([0, 1, 2, 3])
  await Promise.all([alice.stop(), bob.stop()])
})
