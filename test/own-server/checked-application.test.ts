import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { checkedApplication } from '../../applications/checked-application.ts';
import { embedApplication, embeddedApplication } from '../../applications/embedded-application.ts';
import { loadApplication } from '../../applications/module-application.ts';
import { bundleApplication } from '../../runner/own-files/bundle-application.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const whole = { start: () => undefined, onConnection: () => undefined };
const wrong: readonly (readonly [unknown, RegExp])[] = [
  [undefined, /^mine\.ts makes no application: its function returns undefined/],
  [null, /returns null/],
  [() => whole, /returns \(\) =>/],
  [Promise.resolve(whole), /returns a promise.*\n.*may be async/],
  [{ onConnection: whole.onConnection }, /makes an application without start\(\)/],
  [{ start: whole.start, onconnection: whole.onConnection }, /without onConnection\(\)/],
  [{ ...whole, close: true }, /whose close is no function/],
  [{ ...whole, [Symbol.asyncDispose]: 1 }, /whose Symbol\(Symbol\.asyncDispose\) is no function/],
];

test('what is no application is refused before a client comes, by what it lacks', () => {
  for (const [made, message] of wrong)
    assert.throws(() => checkedApplication(made, 'mine.ts'), { name: 'LabError', message });
});

test('methods may come from a class, and the rest is the author’s', () => {
  class Mine {
    readonly greeting = 'hello';
    start(): void {}
    onConnection(): void {}
  }
  const mine = new Mine();
  assert.equal(checkedApplication(mine, 'mine.ts'), mine);
});

test('a module’s function and an embedded one are looked at alike', async () => {
  await using folder = await temporaryFolder();
  const file = join(folder.path, 'mine.cjs');
  await writeFile(file, 'exports.default = async () => ({});\n');
  const config = { kind: 'module', file } as const;
  assert.throws(() => loadApplication({ ...config, name: 'mine' }), /^LabError: mine makes no application/);
  embedApplication(() => ({ start() {} }) as never);
  assert.throws(
    embeddedApplication,
    /startMember: application makes an application without onConnection\(\)/,
  );
});

test('a module may be written as CommonJS, too', async () => {
  await using folder = await temporaryFolder();
  const made = '() => ({ start() {}, onConnection() {}, told: true })';
  const files = {
    one: `module.exports = ${made};`,
    other: `exports.default = ${made};`,
    both: `module.exports = () => 0; module.exports.default = ${made};`,
  };
  for (const [name, text] of Object.entries(files)) {
    const file = join(folder.path, `${name}.cjs`);
    await writeFile(file, text);
    assert.ok(Reflect.get(loadApplication({ kind: 'module', file }), 'told'), name);
    assert.ok((await bundleApplication(file)).bundle.includes('told'), name);
  }
});
