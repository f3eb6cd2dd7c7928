#!/usr/bin/env node
import { runCommand } from './run.ts'

/** The command line: results on stdout, everything else on stderr. */
process.exitCode = await runCommand(process.argv.slice(2), {
  out: text => void process.stdout.write(text),
  err: text => void process.stderr.write(text),
  now: () => Date.now() / 1000,
  isTerminal: process.stderr.isTTY,
})
