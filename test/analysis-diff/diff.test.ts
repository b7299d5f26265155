import assert from 'node:assert/strict';
import { cp, mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { diffResults } from '../../analysis/diff/diff.ts';
import { namesBeside, withNames } from '../../analysis/diff/names.ts';
import { diffRows } from '../../analysis/diff/rows.ts';
import { writeCapture } from '../support/capture-file.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

/** UDP from client to router, 8 octets: enough of a packet to be decoded. */
const packet = Buffer.concat([
  Buffer.from('6000000000101140', 'hex'),
  Buffer.from('20010db8000c00000000000000000002', 'hex'),
  Buffer.from('20010db8000c00000000000000000001', 'hex'),
  Buffer.from('0007000900100000', 'hex'),
  Buffer.from('0123456789abcdef', 'hex'),
]);
const record = (timeNs: bigint) => ({ timeNs, interfaceIndex: 3, direction: 'in' as const, packet });
const second = 1_000_000_000n;

test('one octet planted in a capture is found: packet, octet, both times, both files, decoded', async () => {
  await using runs = await twoRuns();
  assert.deepEqual(diffResults(runs.a, runs.b), []);
  const capture = join(runs.b, 'fig12/cells/c1/router.pcap');
  const octets = await readFile(capture);
  const at = 24 + 2 * (16 + 20 + packet.length) + 16 + 20 + 41;
  octets[at]! ^= 1;
  await writeFile(capture, octets);
  const text = diffResults(runs.a, runs.b).join('\n');
  assert.match(text, /fig12: cell c1 differs:\n/);
  assert.match(text, /first different packet: number 3, octet 41 behind the link header is 07 in one, 06 in/);
  assert.match(
    text,
    /a\/fig12\/cells\/c1\/router.pcap: packet 3, 2.000000007 s after the first, in on interface 3, .*UDP 7 → 9/,
  );
  assert.match(
    text,
    /b\/fig12\/cells\/c1\/router.pcap: packet 3, 2.000000007 s after the first, .*::2 → .*::1, UDP 6 → 9, 8 oct/,
  );
  assert.equal(diffResults(join(runs.a, 'fig12/cells/c1/router.pcap'), capture).length, 3);
});

test('another time, an end too early and an octet in the link header are differences', async () => {
  await using folder = await temporaryFolder();
  const [a, b] = [join(folder.path, 'a.pcap'), join(folder.path, 'b.pcap')];
  writeCapture(a, [record(second), record(2n * second)]);
  writeCapture(b, [record(second), record(2n * second + 256n)]);
  assert.match(diffResults(a, b)[0]!, /number 2, the other is 256 ns later/);
  writeCapture(b, [record(second)]);
  assert.match(
    diffResults(a, b).join('\n'),
    /goes on where the other ends:\n.*packet 2, 1\.000000000 s after the first.*\n.*no further packet/,
  );
  const octets = await readFile(a);
  octets[24 + 16 + 2]! ^= 1;
  await writeFile(b, octets);
  assert.match(diffResults(a, b).join('\n'), /differ from octet 42 on, in no packet's content/);
});

test('missing cells, differing rows, events and manifests are named; host, timing and foreign cells are not', async () => {
  await using runs = await twoRuns();
  const b = join(runs.b, 'fig12');
  await mkdir(join(b, 'cells/of another run'));
  const manifest = JSON.parse(await readFile(join(b, 'manifest.json'), 'utf8')) as Record<string, unknown>;
  await writeFile(join(b, 'manifest.json'), JSON.stringify({ ...manifest, host: 1, timing: 2 }));
  assert.deepEqual(diffResults(runs.a, runs.b), []);
  await writeFile(join(b, 'manifest.json'), JSON.stringify({ ...manifest, seed: 2 }));
  await writeFile(join(b, 'claims.csv'), 'id,verdict\nx,deviates\n');
  await writeFile(join(b, 'cells/c1/events.jsonl'), '{"t":"1"}\n{"t":"3"}\n');
  await rename(join(b, 'cells/c2'), join(b, 'cells/c3'));
  const lines = diffResults(runs.a, runs.b).map((line) => line.trim());
  assert.ok(lines.includes('fig12: manifest.json: seed 1 ≠ 2'), lines.join('\n'));
  assert.ok(lines.includes(`fig12: cell c2: only in ${join(runs.a, 'fig12')}`));
  assert.ok(lines.includes("fig12: claims.csv: x: verdict 'reproduced' ≠ 'deviates'"));
  assert.ok(lines.includes('events.jsonl: first different line is 2'));
  assert.throws(() => diffResults(runs.a, join(runs.a, 'fig12')), /is a experiment folder|experiment/);
  assert.throws(() => diffResults(runs.a, join(runs.a, 'nothing')), /is not there/);
});

test('compilers of the kernels are no difference, but where there is one they are named first', async () => {
  await using runs = await twoRuns();
  const compiledBy = async (run: string, kernelCompiler?: string) => {
    const file = join(run, 'fig12/manifest.json');
    const manifest = JSON.parse(await readFile(file, 'utf8')) as object;
    await writeFile(file, JSON.stringify({ ...manifest, host: { name: 'h', kernelCompiler } }));
  };
  await compiledBy(runs.a, 'gcc 12');
  await compiledBy(runs.b, 'gcc 14');
  assert.deepEqual(diffResults(runs.a, runs.b), []);
  await writeFile(join(runs.b, 'fig12/cells/c1/events.jsonl'), '{"t":"1"}\n{"t":"3"}\n');
  assert.equal(diffResults(runs.a, runs.b)[0], 'fig12: the lab kernels were compiled by gcc 12 and gcc 14');
  await compiledBy(runs.b, 'gcc 12');
  assert.ok(!diffResults(runs.a, runs.b).some((line) => line.includes('compiled by')));
  await compiledBy(runs.b);
  assert.match(diffResults(runs.a, runs.b)[0]!, /compiled by gcc 12 and an unknown compiler/);
});

test('rows are compared by what names them, not by their place', () => {
  const head = 'cell,variant,clock,seed,repetition,measure,value\n';
  const [one, two] = ['c,v,virtual,1,0,gap,3\n', 'c,v,virtual,1,1,gap,4\n'];
  assert.deepEqual(diffRows('samples.csv', head + one + two, head + one), [
    'samples.csv: c · v · virtual · 1 · 1 · gap: only in the first',
  ]);
  assert.deepEqual(diffRows('samples.csv', head + one, head + one.replace('3\n', '5\n')), [
    "samples.csv: c · v · virtual · 1 · 0 · gap: value '3' ≠ '5'",
  ]);
  const many = Array.from({ length: 30 }, (_, index) => `c,v,virtual,1,${index},gap,1\n`).join('');
  assert.equal(diffRows('samples.csv', head, head + many).at(-1), 'samples.csv: 20 differences more');
});

async function twoRuns(): Promise<{ readonly a: string; readonly b: string } & AsyncDisposable> {
  const folder = await temporaryFolder();
  const [a, b] = [join(folder.path, 'a'), join(folder.path, 'b')];
  for (const cell of ['c1', 'c2']) {
    const path = join(a, 'fig12', 'cells', cell);
    await mkdir(path, { recursive: true });
    writeCapture(join(path, 'router.pcap'), [record(second), record(2n * second), record(3n * second + 7n)]);
    await writeFile(join(path, 'events.jsonl'), '{"t":"1"}\n{"t":"2"}\n');
    await writeFile(join(path, 'cell.json'), '{}\n');
  }
  const cells = [{ cell: 'c1' }, { cell: 'c2' }, { cell: 'c3' }];
  await writeFile(join(a, 'fig12', 'manifest.json'), JSON.stringify({ seed: 1, cells, host: 0, timing: 0 }));
  await writeFile(join(a, 'fig12', 'claims.csv'), 'id,verdict\nx,reproduced\n');
  await cp(a, b, { recursive: true });
  return { a, b, [Symbol.asyncDispose]: () => folder[Symbol.asyncDispose]() };
}

test('addresses and interfaces have the names that the cell beside the capture gives them', async () => {
  await using folder = await temporaryFolder();
  const capture = join(folder.path, 'router.pcap');
  const text =
    'in on interface 102, in a tunnel 2001:db8:1::1 → 2001:db8:1::2, 2001:db8:c::2 → 2001:db8:1::100, at 12:34:56';
  assert.equal(withNames(text, namesBeside(capture)), text);
  const addresses = { client: '2001:db8:c::2', node1: '2001:db8:1::2', homeAgent1: '2001:db8:1::1' };
  await writeFile(
    join(folder.path, 'cell.json'),
    JSON.stringify({ addresses, interfaces: { 102: 'client' } }),
  );
  assert.equal(
    withNames(text, namesBeside(capture)),
    'in on interface 102 (client), in a tunnel homeAgent1 → node1, client → 2001:db8:1::100, at 12:34:56',
  );
});
