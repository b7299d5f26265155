import { appendFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { parseArgs } from 'node:util';
import { execa } from 'execa';

/*
 * Holds a network in Mininet. It starts Debian's Python with the program of `mininetHolder`, and writes a line to `--ready` when the
 * network is built. When this process is told to end, Python takes the network down. Ends with Mininet's own status, or 3 where Mininet
 * ended by itself.
 */

/** Debian's own, which Debian's Mininet is installed for. */
const PYTHON = '/usr/bin/python3';
const ENDED_BY_ITSELF = 3;

const { values } = parseArgs({ options: { script: { type: 'string' }, ready: { type: 'string' } } });
const { script = '', ready = '' } = values;
let told = false;

const mininet = execa(PYTHON, ['-u', script], {
  stdin: 'pipe',
  stderr: 'inherit',
  buffer: false,
  reject: false,
});
const end = (): void => {
  told = true;
  mininet.stdin.end();
};
process.on('SIGTERM', end);
process.on('SIGINT', end);
createInterface({ input: mininet.stdout }).on('line', (line) => {
  if (line === 'ready') appendFileSync(ready, 'ready\n');
});
void mininet.then(({ exitCode = ENDED_BY_ITSELF }) => {
  process.exitCode = told ? exitCode : ENDED_BY_ITSELF;
});
