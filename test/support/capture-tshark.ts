import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { inOneSpelling } from './tshark.ts';

/**
 * What tshark, the independent dissector, reads from a capture file: a row per packet, a column per field, all text.
 * Several values of one field are joined by commas. Fails when tshark is missing.
 */
export function tsharkFields(
  capture: string,
  fields: readonly string[],
  ...options: readonly string[]
): string[][] {
  const columns = fields.flatMap((field) => ['-e', field]);
  const words = ['-n', '-r', capture, ...options, '-T', 'fields', '-E', 'separator=|', ...columns];
  let output: string;
  try {
    output = execFileSync('tshark', words, {
      encoding: 'utf8',
      timeout: 60_000,
      stdio: ['ignore', 'pipe', 'ignore'],
    });
  } catch (error) {
    assert.fail(`tshark is needed (apt-get install tshark) and must read ${capture}: ${String(error)}`);
  }
  return output
    .split('\n')
    .slice(0, -1)
    .map((line) => line.split('|').map((column) => column.split(',').map(inOneSpelling).join(',')));
}
