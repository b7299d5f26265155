import assert from 'node:assert/strict';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import fig12 from '../../experiments/fig12.ts';
import { planOf, recordOf } from '../../runner/cells/cell-files.ts';
import { openCells } from '../../runner/cells/open-cells.ts';
import { cellsOf } from '../../runner/cells.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const settings = { csMs: [7], ssMs: [5] };
const base = { profile: 'quick', settings, variants: ['drain'], clock: 'virtual', seed: 3 } as const;
const told: string[] = [];
const emit = (event: object): void => void told.push(JSON.stringify(event));

test('a cell of another seed or clock, or with more repetitions, is not replaced', async () => {
  await using out = await temporaryFolder();
  await storeCell(out.path);
  const others: [object, RegExp][] = [
    [{ seed: 4 }, /--out: '.*' holds cell csMs=7,ssMs=5,drain of another run \(seed 3, not 4\), which would/],
    [
      { clock: 'wall' },
      /\(clock virtual, not wall\).*; give another folder, or remove .*csMs=7,ssMs=5,drain$/,
    ],
    [{ repetitions: 4 }, /\(5 repetitions, not 4\)/],
  ];
  for (const [changed, message] of others)
    await assert.rejects(openCells(fig12, prepared(changed), { out: out.path }, emit), { message });
});

test('a cell whose programs changed, or that shall have more repetitions, is measured again', async () => {
  await using out = await temporaryFolder();
  await storeCell(out.path);
  for (const changed of [{}, { repetitions: 6 }]) {
    const { todo } = await openCells(fig12, prepared(changed), { out: out.path }, emit);
    assert.equal(todo.length, 1);
    assert.match(told.at(-1) ?? '', /measured again, it was measured under other conditions: 1 cell/);
  }
});

async function storeCell(out: string): Promise<void> {
  const [{ cell, plan }] = prepared({}) as [ReturnType<typeof prepared>[0]];
  const folder = join(out, 'fig12', 'cells', cell.id);
  await mkdir(folder, { recursive: true });
  const record = { ...recordOf(cell, plan), fingerprint: 'of older programs', files: {} };
  await writeFile(join(folder, 'cell.json'), JSON.stringify(record));
}

function prepared(changed: object) {
  return cellsOf(fig12, { ...base, ...changed }).map((cell) => ({
    cell,
    plan: planOf(cell),
    fingerprint: 'of present programs',
  }));
}
