import { spawn } from 'node:child_process';
import * as z from 'zod/mini';
import { startNode } from '../../../nodes/support/node-process.ts';

/** The lab's driver is a script of the test's: a client that is nothing but stock tools. */
const node = startNode(
  'client-script',
  'runs a bash script as the lab’s client',
  z.object({ script: z.string() }),
);

const shell = spawn('/bin/bash', ['-c', node.config.script], { stdio: ['ignore', 'inherit', 'inherit'] });
shell.once('exit', (code) => node.end(code === 0 ? 0 : 1));
node.ready();
