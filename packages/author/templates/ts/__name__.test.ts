import assert from 'node:assert/strict'
import { test } from 'node:test'
import { greet } from './__name__.ts'

test('greets by name', () => {
  assert.equal(greet('World'), 'Hello, World!')
})
