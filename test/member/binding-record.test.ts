import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { BindingRecordFile } from '../../nodes/home-agent/binding-record.ts';
import { CARE_OF_1, HOME_ADDRESS } from '../support/mip6-addresses.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const binding = { homeAddress: HOME_ADDRESS, careOfAddress: CARE_OF_1, sequence: 7, expiresAt: 61_000 };

test('bindings outlive the process: they expire at the same instant on the wall, whatever the process counts from', async () => {
  await using temporary = await temporaryFolder();
  const path = join(temporary.path, 'ha1.state');
  let wallMs = 1_800_000_000_000;
  new BindingRecordFile(path, () => wallMs).write([binding], 1000);
  wallMs += 20_000;
  assert.deepEqual(new BindingRecordFile(path, () => wallMs).read(50), [{ ...binding, expiresAt: 40_050 }]);
});

test('a file that is not there, or holds no bindings, counts for nothing; without a path nothing is kept', async () => {
  await using temporary = await temporaryFolder();
  const path = join(temporary.path, 'ha1.state');
  const record = new BindingRecordFile(path, () => 0);
  assert.deepEqual(record.read(0), []);
  const stored = { homeAddress: HOME_ADDRESS, careOfAddress: CARE_OF_1, sequence: 7, expiresMs: 1000 };
  for (const text of ['', '{}', 'null', '[null]', '[{}]', '[{"homeAddress":"::x"}]']) {
    await writeFile(`${path}.bindings`, text);
    assert.deepEqual(record.read(0), [], text);
  }
  for (const wrong of [{ sequence: -1 }, { sequence: 65_536 }, { sequence: 'x' }, { expiresMs: 'soon' }]) {
    await writeFile(`${path}.bindings`, JSON.stringify([{ ...stored, ...wrong }, stored]));
    assert.deepEqual(
      record.read(0).map(({ expiresAt }) => expiresAt),
      [1000],
      JSON.stringify(wrong),
    );
  }
  record.write([], 0);
  assert.equal(await readFile(`${path}.bindings`, 'utf8'), '[]\n');
  const nowhere = new BindingRecordFile(undefined);
  nowhere.write([binding], 0);
  assert.deepEqual(nowhere.read(0), []);
});
