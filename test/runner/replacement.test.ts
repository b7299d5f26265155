import assert from 'node:assert/strict';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { LabError } from '../../linux/lab-error.ts';
import { planOf } from '../../runner/cells/cell-files.ts';
import { type LabEnvironment, runCell } from '../../runner/cells/run-cell.ts';
import type { Lab } from '../../runner/lab/lab.ts';
import { labBody } from '../../runner/lab-body.ts';
import { withOtherImplementations } from '../../runner/procedures/other-implementations.ts';
import { compareReadBack } from '../../topologies/verify.ts';
import { fig12Cell } from '../support/mobility-testbed.ts';

const cell = fig12Cell({ csMs: [40], ssMs: [20] }, 'drain');
const replaced = (replace: Readonly<Record<string, string>>) =>
  withOtherImplementations(planOf(cell), { replace }, { asNobody: false });

test('{interface} is the one that the program is configured for, else the machine’s first', () => {
  const names = ['correspondent-node', 'ha1', 'ha2', 'node1', 'node2'];
  const plan = replaced(
    Object.fromEntries(names.map((name) => [name, 'serve {interface} {node}; listen {interface}'])),
  );
  const commands = plan.daemons
    .flat()
    .flatMap(({ name, replacement }) => (replacement ? [[name, replacement.command] as const] : []));
  const expected = [
    ['correspondent-node', 'client-eth0'],
    ['ha1', 'ha1-eth1'],
    ['ha2', 'ha2-eth1'],
    ['node1', 'node1-eth0'],
    ['node2', 'node2-eth0'],
  ].map(([name, at]) => [name, `serve ${at} ${name}; listen ${at}`]);
  assert.deepEqual(commands.toSorted(), expected.toSorted());
  assert.match(labBody(plan, 'headers'), /^start_replacement ha1 ha1 ha1-eth1 'serve ha1-eth1 ha1; /m);
});

test('a lab without other implementations has nothing of theirs in its script', () => {
  assert.doesNotMatch(labBody(planOf(cell), 'headers'), /keep_capture|start_replacement/);
});

describe('a cell that fails', () => {
  let folder: string;
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'handoff-lab-failed-'));
  });
  after(() => rm(folder, { recursive: true }));

  /** Leaves what a lab leaves, and ends as it is told to. */
  const lab =
    (end: () => number): Lab =>
    async ({ jobFolder }) => {
      await mkdir(join(jobFolder, 'events'), { recursive: true });
      const texts = {
        'console.txt': 'said\n',
        'router.pcap': 'packets',
        tls_keys: 'secrets',
        'events/correspondent-node.stderr': 'no such stack\n',
        'events/ha1.stderr': '',
        'events/ha1.jsonl': '{"t":"5","node":"ha1","event":"ready"}\n',
      };
      for (const [name, text] of Object.entries(texts)) await writeFile(join(jobFolder, name), text);
      return { status: end(), console: 'said\n', wallMs: 1 };
    };

  async function failureOf(
    end: () => number,
    options: { readonly aborted?: true; readonly own?: true } = {},
  ): Promise<{ readonly error: unknown; readonly failed: readonly string[] }> {
    const out = await mkdtemp(join(folder, 'out-'));
    const plan = options.own ? planOf(cell) : replaced({ 'correspondent-node': 'x' });
    const environment: LabEnvironment = {
      lab: lab(end),
      stageFolder: folder,
      jobsFolder: folder,
      capture: 'headers',
      signal: options.aborted ? AbortSignal.abort() : new AbortController().signal,
    };
    const prepared = { cell, plan, fingerprint: 'f' };
    const target = join(out, 'cells', cell.id);
    const error = await runCell(prepared, target, environment, undefined, async () => undefined).catch(
      (reason: unknown) => reason,
    );
    return { error, failed: await readdir(join(out, 'failed')).catch(() => []) };
  }

  const ends: Readonly<Record<string, () => number>> = {
    'a bad status': () => 3,
    'a lab that dies': () => {
      throw new LabError('The lab died without an exit status.');
    },
    'a network that is not as asked': () => 0,
  };
  for (const [name, end] of Object.entries(ends)) {
    test(`${name}: its folder is kept, and the message names it`, async () => {
      const { error, failed } = await failureOf(end);
      assert.ok(error instanceof LabError);
      assert.deepEqual(failed, [cell.id]);
      const [, kept = ''] =
        /\n {2}kept: (.*) \(console, capture, events and each program's log\)$/.exec(error.message) ?? [];
      assert.ok(kept.endsWith(`/failed/${cell.id}`), error.message);
      assert.deepEqual((await readdir(kept)).toSorted(), [
        'cell.json',
        'console.txt',
        'correspondent-node.log',
        'events.jsonl',
        'router.pcap',
        'tls_keys',
      ]);
      assert.equal(await readFile(join(kept, 'correspondent-node.log'), 'utf8'), 'no such stack\n');
      assert.match(await readFile(join(kept, 'events.jsonl'), 'utf8'), /"ready"/);
      assert.equal(await readFile(join(kept, 'router.pcap'), 'utf8'), 'packets');
    });
  }

  test('a run that is interrupted, and one of our own programs alone, keep nothing', async () => {
    for (const options of [{ aborted: true }, { own: true }] as const) {
      const { error, failed } = await failureOf(() => 3, options);
      assert.ok(error instanceof LabError);
      assert.doesNotMatch(error.message, /kept:/);
      assert.deepEqual(failed, []);
    }
  });

  test('an empty folder is no network as asked, which is what these labs leave', async () => {
    assert.ok((await compareReadBack(planOf(cell).topology, folder)).length > 0);
  });
});
