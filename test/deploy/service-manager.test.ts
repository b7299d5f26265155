import assert from 'node:assert/strict';
import { fstatSync } from 'node:fs';
import { mkdir, open, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { EventLog } from '../../nodes/support/event-log.ts';
import { isJournal, ServiceManager } from '../../nodes/support/service-manager.ts';
import { notifyReceiver } from '../support/notify-receiver.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const nothingLogged = (event: string, { reason }: { readonly reason: string }): never =>
  assert.fail(`${event}: ${reason}`);

test('a service manager hears of readiness, reload and end in this order, at a path and at an abstract name', async () => {
  await using folder = await temporaryFolder();
  for (const name of [join(folder.path, 'notify'), `@handoff-lab-test-${process.pid}`]) {
    using receiver = notifyReceiver(name);
    const manager = new ServiceManager(nothingLogged, { NOTIFY_SOCKET: name });
    assert.equal(manager.isThere, true);
    let reloads = 0;
    // Who does not serve yet is not ready behind a reload either.
    manager.reloading(() => reloads++);
    assert.deepEqual(receiver.received(), []);
    manager.ready();
    assert.deepEqual(receiver.received(), ['READY=1\nSTATUS=serves']);
    manager.reloading(() => assert.match(receiver.received().join(), /^RELOADING=1\nMONOTONIC_USEC=\d+$/));
    assert.deepEqual(receiver.received(), ['READY=1']);
    manager.stopping();
    assert.deepEqual(receiver.received(), ['STOPPING=1\nSTATUS=leaves']);
    assert.equal(reloads, 1);
  }
});

test('programs that this one starts find nothing of it in their environment', () => {
  const environment = {
    PATH: '/usr/bin',
    NOTIFY_SOCKET: '@nobody',
    WATCHDOG_USEC: '30000000',
    WATCHDOG_PID: '1',
  };
  assert.equal(new ServiceManager(nothingLogged, environment).isThere, true);
  assert.deepEqual(environment, { PATH: '/usr/bin' });
});

test('a reload’s instant is of the clock that the service manager reads', async () => {
  await using folder = await temporaryFolder();
  const name = join(folder.path, 'notify');
  using receiver = notifyReceiver(name);
  const manager = new ServiceManager(nothingLogged, { NOTIFY_SOCKET: name });
  manager.ready();
  receiver.received();
  const uptimeS = Number((await readFile('/proc/uptime', 'utf8')).split(' ')[0]);
  manager.reloading(() => undefined);
  const [, us] = /MONOTONIC_USEC=(\d+)/.exec(receiver.received().join()) ?? [];
  // CLOCK_MONOTONIC does not count suspension, the uptime does.
  assert.ok(Number(us) / 1e6 > 0 && Number(us) / 1e6 < uptimeS + 60, `${us} µs, up ${uptimeS} s`);
  assert.ok(Number(us) / 1e6 > performance.now() / 1000 + 1 || uptimeS < 60, 'not since the process began');
});

test('signs of life are sent to who asks for them, and only to the process that was asked', async () => {
  await using folder = await temporaryFolder();
  const name = join(folder.path, 'notify');
  using receiver = notifyReceiver(name);
  const asked = { NOTIFY_SOCKET: name, WATCHDOG_USEC: '30000', WATCHDOG_PID: '77' };
  new ServiceManager(nothingLogged, { ...asked }, 78).ready();
  await new Promise((resolve) => setTimeout(resolve, 60));
  assert.deepEqual(receiver.received(), ['READY=1\nSTATUS=serves']);
  // The receiver ends with this test, and the manager's signs with it.
  const told: string[] = [];
  new ServiceManager((event) => void told.push(event), { ...asked }, 77).ready();
  const heard: string[] = [];
  for (let i = 0; i < 200 && !heard.includes('WATCHDOG=1'); i++) {
    await new Promise((resolve) => setTimeout(resolve, 10));
    heard.push(...receiver.received());
  }
  assert.ok(heard.includes('WATCHDOG=1'), heard.join());
  assert.deepEqual(told, []);
});

test('without a service manager nothing is sent; one that is gone is told in the log, and nothing else', () => {
  const told: string[] = [];
  const log = (event: string): void => void told.push(event);
  const none = new ServiceManager(log, {});
  none.ready();
  none.stopping();
  assert.equal(none.isThere, false);
  assert.equal(new ServiceManager(log, { NOTIFY_SOCKET: '' }).isThere, false);
  assert.deepEqual(told, []);
  const gone = new ServiceManager(log, { NOTIFY_SOCKET: '/nowhere/at/all' });
  gone.ready();
  gone.stopping();
  assert.deepEqual(told, ['not-notified']);
});

test('the journal is told by its device and inode, not by a variable that somebody has inherited', async () => {
  await using folder = await temporaryFolder();
  const file = await open(join(folder.path, 'journal'), 'w');
  const { dev, ino } = fstatSync(file.fd);
  assert.equal(isJournal(file.fd, { JOURNAL_STREAM: `${dev}:${ino}` }), true);
  assert.equal(isJournal(file.fd, { JOURNAL_STREAM: `${dev}:${ino + 1}` }), false);
  assert.equal(isJournal(file.fd, {}), false);
  await file.close();
});

test('a log that was moved away goes on in a file of its name; where there can be none, in the old one', async () => {
  await using folder = await temporaryFolder();
  const [file, moved] = [join(folder.path, 'log', 'events'), join(folder.path, 'moved')];
  await mkdir(join(folder.path, 'log'));
  const log = new EventLog('node', file);
  assert.equal(log.isFile, true);
  log.write('before');
  await rename(file, moved);
  log.reopen();
  log.write('behind');
  log.flush();
  const events = async (path: string) =>
    [...(await readFile(path, 'utf8')).matchAll(/"event":"([a-z-]+)"/g)].map(([, event]) => event);
  assert.deepEqual(await events(moved), ['before']);
  assert.deepEqual(await events(file), ['behind']);
  await rename(file, `${moved}-2`);
  await rm(join(folder.path, 'log'), { recursive: true });
  await writeFile(join(folder.path, 'log'), 'no folder');
  log.reopen();
  log.write('last');
  log.close();
  assert.deepEqual(await events(`${moved}-2`), ['behind', 'log-not-reopened', 'last']);
});
