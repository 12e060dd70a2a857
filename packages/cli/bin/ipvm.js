#!/usr/bin/env node
// JavaScript, and apart from the rest: Node keeps compiled code from here on, that of TypeScript without its types too,
// and does not load what strips them where all of it is kept.
import { enableCompileCache } from 'node:module'

enableCompileCache()
await import('../src/main.ts')
