import assert from 'node:assert/strict';
import { test } from 'node:test';
import { labOf, processorTicksOf, ShellProcess, stateOf, until } from '../support/shell-process.ts';

async function script(lines: readonly string[], ...words: string[]): Promise<ShellProcess> {
  const shell = new ShellProcess(words);
  shell.child.stdin.end(lines.map((line) => `${line}\n`).join(''));
  await shell.ended;
  return shell;
}

test('a script of commands runs in the network that was asked for', async () => {
  const lines = ['nodes', 'client ping -c 2 node1', 'router tc qdisc show', 'frob', 'node1 sh -c "exit 7"'];
  const shell = await script(lines, 'fig9', '--set', 'cs1Ms=40');
  assert.match(shell.stdout, /^node1 2001:db8:1::2$/m);
  assert.match(shell.stdout, /rtt min\/avg\/max\/mdev = 80\.0\d\d\/80\.0/);
  assert.match(shell.stdout, /netem .*delay 40ms/);
  assert.match(shell.stderr, /'frob' is no host .*begin with a host \(client, router/);
  assert.equal(shell.child.exitCode, 7, 'the status of the last command');
});

test('commands read no lines of the script, see no terminal keys and all their output arrives', async () => {
  const lines = ['client cat', 'client printf "a\\036b"', 'client seq 20000', 'exit', 'client echo no'];
  const shell = await script(lines, 'pair');
  assert.ok(shell.stdout.startsWith('a\x1eb1\n2\n3\n'), JSON.stringify(shell.stdout.slice(0, 40)));
  assert.ok(shell.stdout.endsWith('\n20000\n'), JSON.stringify(shell.stdout.slice(-40)));
  assert.equal(shell.child.exitCode, 0);
});

test('a command as long as a line can be is taken whole, though reading it takes longer than a look at the line', async () => {
  const text = 'x'.repeat(3900);
  await using shell = new ShellProcess(['pair']);
  shell.child.stdin.end(`client echo ${text}\n`);
  await shell.sees(new RegExp(`^${text}\n`));
  assert.equal(await shell.ended, 0);
});

test('a command too long for a line, or with control characters, is refused; the lab lives on', async () => {
  const shell = await script(
    [`client echo ${'x'.repeat(5000)}`, 'client echo a\x03b', 'client echo on'],
    'pair',
  );
  assert.equal(shell.stderr.match(/at most 4000 octets and no control characters/g)?.length, 2);
  assert.equal(shell.stdout, 'on\n');
});

test('an unknown network and a bad parameter are refused before anything starts', async () => {
  const unknown = await script([], 'fig99');
  assert.equal(unknown.child.exitCode, 2);
  assert.match(unknown.stderr, /no such topology: name one of fig9/);
  const bad = await script([], 'fig9', '--set', 'cs1Ms=fast');
  assert.equal(bad.child.exitCode, 2);
  assert.match(bad.stderr, /cs1Ms: 'fast' is not a number/);
});

test('in virtual time the lab stands still between commands, whatever the user takes', async () => {
  await using shell = new ShellProcess(['pair']);
  const now = async (from: number): Promise<{ readonly ms: number; readonly end: number }> => {
    shell.type('client cut -d" " -f1 /proc/uptime\n');
    const end = await shell.sees(/\d+\.\d+\n/, from);
    return { ms: Number(shell.stdout.slice(from, end)) * 1000, end };
  };
  const first = await now(0);
  const lab = await labOf(shell.child.pid!);
  await until('the lab to stop', async () => (await stateOf(lab)) === 'T');
  // Until then its time went on, as fast as the lab could.
  const before = await processorTicksOf(lab);
  await new Promise((resolve) => setTimeout(resolve, 2000));
  assert.deepEqual([await stateOf(lab), await processorTicksOf(lab)], ['T', before], 'it stands still');
  const second = await now(first.end);
  assert.ok(second.ms >= first.ms, 'it goes on with the next command');
  shell.child.stdin.end();
  assert.equal(await shell.ended, 0);
  assert.equal(await stateOf(lab), undefined, 'the lab is gone');
});

test('a lab that stands still ends even when its runner is killed outright', async () => {
  await using shell = new ShellProcess(['pair']);
  shell.type('client echo started\n');
  await shell.sees(/started/);
  const lab = await labOf(shell.child.pid!);
  await until('the lab to stop', async () => (await stateOf(lab)) === 'T');
  shell.child.kill('SIGKILL');
  await until('the lab to end', async () => (await stateOf(lab)) === undefined);
});

test('at a terminal Ctrl-C interrupts the command, not the shell; Ctrl-D ends it', async () => {
  await using shell = new ShellProcess(['pair', '--clock', 'wall'], true);
  let at = await shell.sees(/handoff-lab> /);
  shell.type('client ping server\r');
  at = await shell.sees(/64 bytes from 2001:db8:b::2/, at);
  shell.type('\x03');
  at = await shell.sees(/packets transmitted/, at);
  at = await shell.sees(/handoff-lab> /, at);
  shell.type('half a line\x03');
  at = await shell.sees(/handoff-lab> /, at);
  shell.type('client echo still $((40 + 2))\r');
  at = await shell.sees(/still 42\r\n/, at);
  // What is typed before the prompt is back would belong to the command that has just ended.
  at = await shell.sees(/handoff-lab> /, at);
  shell.type('client echo asked; read -r word; echo "<$word>"\r');
  at = await shell.sees(/asked\r\n/, at);
  shell.type('typed\r');
  at = await shell.sees(/<typed>/, at);
  await shell.sees(/handoff-lab> /, at);
  shell.type('\x04');
  assert.equal(await shell.ended, 0);
});
