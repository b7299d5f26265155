import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { test } from 'node:test';
import { LabError } from '../../linux/lab-error.ts';
import { ipv6 } from '../../mip6/wire/address.ts';
import { observedHomeAgent } from '../../nodes/home-agent/home-agent-status.ts';
import { observedMember } from '../../nodes/member/member-status.ts';
import { Observation } from '../../nodes/support/observation/observation.ts';
import { openObservation } from '../../nodes/support/observation/observation-server.ts';
import { counted, merged, type Observed } from '../../nodes/support/observation/observed.ts';

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  server.close();
  await once(server, 'close');
  return port;
}

const observed: Observed = {
  trouble: undefined,
  status: { program: 'test', state: 'serving' },
  metrics: merged([
    counted({ 'rejected.135': 2, name: 'no number' }, { contact: 'a' }),
    counted({ 'rejected.135': 1 }, { contact: 'b' }),
    { name: 'members', help: 'others', type: 'gauge', values: [{ value: 3 }] },
  ]),
};

test('a program answers how it is: status, health, and metrics that Prometheus reads', async () => {
  const port = await freePort();
  let [asked, trouble] = [0, undefined as string | undefined];
  const server = openObservation({ port, address: '127.0.0.1' }, () => {
    asked++;
    return { ...observed, trouble };
  });
  await once(server, 'listening');
  try {
    const get = async (path: string, method = 'GET') => {
      const response = await fetch(`http://127.0.0.1:${port}${path}`, { method });
      return {
        status: response.status,
        type: response.headers.get('content-type'),
        text: await response.text(),
      };
    };
    assert.equal(asked, 0);
    assert.deepEqual(JSON.parse((await get('/status')).text), observed.status);
    assert.deepEqual(await get('/health'), {
      status: 200,
      type: 'text/plain; charset=utf-8',
      text: 'serves\n',
    });
    trouble = 'leaving';
    assert.deepEqual(await get('/health'), {
      status: 503,
      type: 'text/plain; charset=utf-8',
      text: 'leaving\n',
    });
    const { status, type, text } = await get('/metrics');
    assert.equal(status, 200);
    assert.match(type ?? '', /^text\/plain; version=0\.0\.4/);
    for (const line of [
      'handoff_lab_counted_total{contact="a",reason="rejected.135"} 2',
      'handoff_lab_counted_total{contact="b",reason="rejected.135"} 1',
      'handoff_lab_members 3',
      'handoff_lab_up 0',
      '# TYPE handoff_lab_counted_total counter',
      '# TYPE handoff_lab_members gauge',
    ])
      assert.ok(text.split('\n').includes(line), `${line}\n${text}`);
    // A name stands once, with one help and one type: Prometheus refuses the whole answer otherwise.
    const types = [...text.matchAll(/^# TYPE (\S+)/gm)].map(([, name]) => name);
    assert.equal(new Set(types).size, types.length);
    trouble = undefined;
    assert.match((await get('/metrics')).text, /^handoff_lab_up 1$/m);
    assert.equal((await get('/metrics', 'HEAD')).text, '');
    assert.equal((await get('/metrics', 'POST')).status, 405);
    assert.equal((await get('/other')).status, 404);
  } finally {
    server.close();
    server.closeAllConnections();
  }
});

test('a question that goes wrong is answered, and ends nobody', async () => {
  const port = await freePort();
  const server = openObservation({ port, address: '127.0.0.1' }, () => {
    throw new LabError('nothing to say', { command: 'observe' });
  });
  await once(server, 'listening');
  for (const path of ['/status', '/health', '/metrics'])
    assert.equal((await fetch(`http://127.0.0.1:${port}${path}`)).status, 500);
  server.close();
});

test('without settings nothing is opened, and a program that closes at once opens nothing', async () => {
  new Observation(undefined, () => assert.fail('nobody asks')).close();
  const port = await freePort();
  new Observation({ port, address: '127.0.0.1' }, () => observed).close();
  await import('../../nodes/support/observation/observation-server.ts');
  await new Promise((resolve) => setImmediate(resolve));
  await assert.rejects(fetch(`http://127.0.0.1:${port}/status`));
});

const [self, other, home] = [ipv6('2001:db8:1::2'), ipv6('2001:db8:2::2'), ipv6('2001:db8:1::100')];
const contact = {
  ...{ address: home, contactNode: self, term: 3, registered: true, hasBackup: true },
  ...{ clients: { mobileIpv6: 2, plain: 1, unknown: 0 }, connections: 5, counters: { 'rejected.135': 1 } },
  handoffs: { giving: 1, taking: 2, ended: { given: 7, kept: 1, lost: 0, taken: 4, abandoned: 0 } },
} as const;
const member = {
  ...({ careOfAddress: self, state: 'serving' } as const),
  ...{ contacts: [contact], counters: { channelRefused: 4 } },
  peers: [
    [other, { trusted: true, keyIds: '2026-11 and t1', isValid: () => true }],
    [ipv6('2001:db8:3::2'), undefined],
  ],
  keys: { group: '2026-11', trust: 't1' },
} as const;

test('a member says who is contact node in which term, who else is there, and what is under way', () => {
  const { status, trouble, metrics } = observedMember(member);
  assert.equal(trouble, undefined);
  assert.deepEqual(status, {
    ...{ program: 'member', careOfAddress: self, state: 'serving' },
    contacts: [(({ counters: _, ...rest }) => rest)(contact)],
    members: [
      { address: other, channel: 'standing', keys: '2026-11 and t1', trusted: true },
      { address: '2001:db8:3::2', channel: 'away' },
    ],
    keys: member.keys,
  });
  const value = (name: string, labels: object) =>
    metrics
      .find((one) => one.name === name)
      ?.values.find((one) => JSON.stringify(one.labels ?? {}) === JSON.stringify(labels))?.value;
  assert.equal(value('contact_term', { contact: home }), 3);
  assert.equal(value('contact_node', { contact: home }), 1);
  assert.equal(value('clients', { contact: home, kind: 'mobileIpv6' }), 2);
  assert.equal(value('handoffs_under_way', { contact: home, side: 'taking' }), 2);
  assert.equal(value('handoffs_total', { contact: home, end: 'given' }), 7);
  assert.equal(value('members', { channel: 'away' }), 1);
  assert.equal(value('counted_total', { contact: home, reason: 'rejected.135' }), 1);
  assert.equal(value('counted_total', { contact: '', reason: 'channelRefused' }), 4);
});

test('a member is not well that starts or leaves, is not registered, or knows no contact node', () => {
  const of = (changes: object, contacts: object = {}) =>
    observedMember({ ...member, ...changes, contacts: [{ ...contact, ...contacts }] }).trouble;
  assert.equal(of({ state: 'starting' }), 'starting');
  assert.equal(of({ state: 'leaving' }), 'leaving');
  assert.match(of({}, { registered: false }) ?? '', /home agent has not accepted 2001:db8:1::100/);
  assert.match(of({}, { registered: undefined, contactNode: undefined }) ?? '', /no contact node/);
  assert.equal(of({}, { registered: undefined, contactNode: other }), undefined);
  // A member without a group has no term, and a channel in the clear no keys.
  const { status, metrics } = observedMember({
    ...member,
    keys: undefined,
    peers: [[other, { trusted: false, isValid: () => true }]],
    contacts: [
      { ...contact, term: undefined, registered: undefined, contactNode: other, hasBackup: undefined },
    ],
  });
  assert.equal((status as { members: { keys: string }[] }).members[0]?.keys, 'cleartext');
  assert.equal(
    metrics.some(({ name }) => name === 'contact_term'),
    false,
  );
});

test('a home agent says what is bound to whom, and for how long', () => {
  const { status, trouble, metrics } = observedHomeAgent({
    address: ipv6('2001:db8:1::1'),
    homeAddresses: [home, ipv6('2001:db8:1::200')],
    bindings: [{ homeAddress: home, careOfAddress: self, sequence: 9, expiresAt: 5000 }],
    now: 1000,
    counters: {},
  });
  assert.equal(trouble, undefined);
  assert.deepEqual((status as { bindings: object[] }).bindings, [
    { homeAddress: home, careOfAddress: self, sequence: 9, expiresInS: 4 },
    { homeAddress: '2001:db8:1::200' },
  ]);
  assert.deepEqual(
    metrics[0]?.values.map(({ value }) => value),
    [4, 0],
  );
});
