import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { wiresharkPreferences } from '../../runner/cells/run-cell.ts';
import { tsharkFields } from '../support/capture-tshark.ts';
import { HandoffScript } from '../support/handoff-script.ts';
import { SyntheticCell } from '../support/synthetic-cell.ts';
import { TakeoverCell } from '../support/takeover-cell.ts';

const readme = readFileSync(new URL('../../README.md', import.meta.url), 'utf8');

/** What stands between backticks in the README behind these words. */
function quoted(words: RegExp): string {
  const found = words.exec(readme)?.[1];
  assert.ok(found, `README has ${words}`);
  return found;
}

test('README’s display filter shows each packet of a lossless session once, and no retransmission', () => {
  const filter = quoted(/with the display filter `([^`]+)` once/);
  const script = new HandoffScript();
  script.openChannel(0);
  script.session({ startMs: 1000, clientPort: 40_000, initAtMs: 203, initBodyOctets: 91 });
  using cell = new SyntheticCell(script.hops, [{ repetition: 0, atMs: 3000 }], { repetitions: 1 });
  const capture = join(cell.folder, 'router.pcap');
  const count = (...words: readonly string[]): number =>
    tsharkFields(capture, ['frame.number'], ...words).length;
  const again = 'tcp.analysis.retransmission';
  assert.ok(count('-Y', again) > 0, 'without the filter each packet seems to be sent again');
  assert.equal(count('-Y', `${filter} && ${again}`), 0);
  assert.equal(2 * count('-Y', filter), count());
});

test('README’s line for ESP decrypts as it is written', () => {
  const line = quoted(/`(WIRESHARK_CONFIG_DIR=<cell folder> tshark [^`]+)` decrypts/);
  using cell = new TakeoverCell();
  writeFileSync(join(cell.folder, 'preferences'), wiresharkPreferences);
  const command = `${line.replaceAll('<cell folder>', cell.folder)} -T fields -e mip6.mhtype`;
  const types = execFileSync('sh', ['-c', command], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  const found = new Set(types.split('\n').filter((type) => type !== ''));
  assert.deepEqual([...found].sort(), ['5', '6'], 'Binding Updates and Acknowledgements');
});
