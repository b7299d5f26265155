import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { ipv6 } from '../../mip6/wire/address.ts';
import { Acceptor } from '../../server/handoff/acceptor.ts';
import { MOST_REFRESHES } from '../../server/handoff/acceptor-init.ts';
import type { AcceptorInput, AcceptorOutput } from '../../server/handoff/acceptor-types.ts';
import { Donor } from '../../server/handoff/donor.ts';
import type { DonorInput, DonorOutput, DonorPlan } from '../../server/handoff/donor-types.ts';
import { decodeAxes, holdAxes, holdOf, wholeAxes } from '../../server/variants/axes.ts';
import { handoffVariant } from '../../server/variants/variants.ts';

const handoff = 5;
const leaseMs = 300;
const empty = new Uint8Array(0);
const proof = {
  careOfNonceIndex: 7,
  careOfKeygenToken: Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8),
  ageMs: 100,
  tripMs: 0,
};
const connection = { state: empty, octets: 0, applicationState: Uint8Array.of(9) };

function run<Input, Output>(
  role: {
    handle(input: Input, now: number): void;
    handleTimeout(now: number): void;
    poll(): Output | undefined;
  },
  describe: (output: Output) => string,
) {
  const said = (): string[] => {
    const all: string[] = [];
    for (let output = role.poll(); output !== undefined; output = role.poll()) all.push(describe(output));
    return all;
  };
  return {
    hears: (input: Input, now: number): string[] => {
      role.handle(input, now);
      return said();
    },
    waits: (now: number): string[] => {
      role.handleTimeout(now);
      return said();
    },
  };
}

/** An acceptor of this variant to which Init has come at 0; its sockets stand, and the client has answered its tests. */
function acceptor(
  name: string,
  first: AcceptorInput<Uint8Array>['kind'] = 'init',
  hold = 0,
  tripMs = proof.tripMs,
) {
  const role = new Acceptor<Uint8Array>({ handoff, timeoutMs: 5000, leaseMs, claims: true }, 0);
  const told = run<AcceptorInput<Uint8Array>, AcceptorOutput<Uint8Array>>(role, (output) => {
    if (output.kind === 'send') return `send ${output.frame.kind}`;
    if (output.kind !== 'bind') return output.kind;
    return `bind ${output.insists ? 'insists ' : ''}${output.copies ?? 1} ${output.optimisesAt ?? 'acknowledgement'}`;
  });
  const variant = { ...handoffVariant(name), ...holdAxes(hold) };
  const begun = [
    ...(first === 'prepare' ? told.hears({ kind: 'prepare', variant }, -100) : []),
    ...told.hears({ kind: 'init', variant, sequence: 41, connections: [connection] }, 0),
    ...told.hears({ kind: 'routable', careOf: { ...proof, tripMs } }, 0),
  ];
  return { role, ...told, begun };
}

test('data goes a guard behind the Binding Update, whose acknowledgement is not awaited; Done is', () => {
  const { role, hears, waits } = acceptor('at-update');
  assert.deepEqual(hears({ kind: 'restored' }, 10), ['bind insists 2 update']);
  assert.equal(role.deadline(), 11);
  assert.deepEqual(waits(11), ['activate']);
  assert.equal(role.state, 'binding');
  assert.deepEqual(hears({ kind: 'bound', sequence: 42 }, 90), ['send done']);
  assert.deepEqual(hears({ kind: 'released' }, 130), ['settled']);
});

test('an acknowledgement within the guard is as good', () => {
  const { hears, role } = acceptor('at-update');
  hears({ kind: 'restored' }, 10);
  assert.deepEqual(hears({ kind: 'bound', sequence: 42 }, 10), ['activate', 'send done']);
  assert.equal(role.state, 'active');
});

test('a client that is served early and is another’s is given up as one that is served', () => {
  const { hears, waits } = acceptor('at-update');
  hears({ kind: 'restored' }, 10);
  waits(11);
  assert.deepEqual(hears({ kind: 'superseded', reason: 'status 135' }, 90), ['send claim']);
  assert.deepEqual(hears({ kind: 'cancel' }, 130), ['send refuse', 'stop']);
});

test('an acceptor that has served waits for the network, its client and its donor, and the client decides', () => {
  const begun = () => {
    const early = acceptor('at-update');
    early.hears({ kind: 'restored' }, 10);
    early.waits(11);
    return early;
  };
  const cutOff = begun();
  assert.deepEqual(cutOff.waits(5000), [], 'not finished within its time, as who has not served is not');
  assert.deepEqual(cutOff.hears({ kind: 'unanswered', reason: 'no answer' }, 15_000), [
    'bind insists 2 update',
  ]);
  assert.deepEqual(cutOff.hears({ kind: 'cancel' }, 20_000), [], 'a donor in doubt');
  assert.deepEqual(cutOff.hears({ kind: 'grant' }, 20_000), ['bind-again']);
  assert.deepEqual(cutOff.hears({ kind: 'bound', sequence: 43 }, 20_080), ['send done']);
  const refused = begun();
  refused.hears({ kind: 'grant' }, 20_000);
  assert.deepEqual(refused.hears({ kind: 'superseded', reason: 'status 135' }, 20_080), [
    'send refuse',
    'stop',
  ]);
  const never = begun();
  assert.deepEqual(never.waits(11 + 300 * leaseMs), ['send refuse', 'stop']);
});

test('who has not served gives up in time, and when it is cancelled', () => {
  const { hears, waits, role } = acceptor('drain');
  hears({ kind: 'restored' }, 10);
  assert.equal(role.deadline(), 5000);
  assert.deepEqual(waits(5000), ['send refuse', 'abandon']);
  const cancelled = acceptor('drain');
  cancelled.hears({ kind: 'restored' }, 10);
  assert.deepEqual(cancelled.hears({ kind: 'grant' }, 15), [], 'nothing is disputed');
  assert.deepEqual(cancelled.hears({ kind: 'cancel' }, 20), ['send refuse', 'abandon']);
});

test('a connection that ends before the acknowledgement is settled with it', () => {
  const { hears, waits } = acceptor('at-update');
  hears({ kind: 'restored' }, 10);
  waits(11);
  assert.deepEqual(hears({ kind: 'client-gone', connection: 0 }, 50), []);
  assert.deepEqual(hears({ kind: 'bound', sequence: 42 }, 90), ['send done', 'settled']);
});

test('in the reverse tunnel an acceptor serves a lease longer than it hears of its donor or of its client, and then by its binding alone', () => {
  for (const asks of [false, true]) {
    const { role, hears, waits } = acceptor('tunnel-first');
    assert.deepEqual(hears({ kind: 'restored' }, 10), ['bind insists 1 acknowledgement', 'activate']);
    if (asks) hears({ kind: 'ask' }, 200);
    const until = (asks ? 200 : 10) + leaseMs;
    assert.equal(role.deadline(), until);
    // From then on the client takes nothing of it without having accepted its number.
    assert.deepEqual(waits(until), ['bind insists 1 update']);
    assert.equal(role.deadline(), (asks ? 200 : 10) + 300 * leaseMs);
  }
  const { role, hears } = acceptor('tunnel-first');
  hears({ kind: 'restored' }, 10);
  hears({ kind: 'peer-gone' }, 20);
  assert.equal(role.deadline(), 10 + 300 * leaseMs, 'nobody is left who could take the client back');
});

test('an acceptor tells who binds the client in its place that it has been tested, and serves at Init', () => {
  const role = acceptor('in-band', 'prepare');
  assert.deepEqual(role.begun, ['start-return-routability', 'restore-sockets']);
  assert.deepEqual(role.hears({ kind: 'restored' }, 10), ['adopt', 'activate', 'send done']);
  const prepared = new Acceptor<Uint8Array>({ handoff, timeoutMs: 5000, leaseMs, claims: true }, 0);
  prepared.handle({ kind: 'prepare', variant: handoffVariant('in-band') }, 0);
  prepared.poll();
  prepared.handle({ kind: 'routable', careOf: proof }, 50);
  assert.deepEqual(prepared.poll(), { kind: 'send', frame: { kind: 'prepared', handoff, ...proof } });
  const both = acceptor('in-band+own', 'prepare');
  assert.deepEqual(both.hears({ kind: 'restored' }, 10), ['bind 2 update']);
  assert.deepEqual(both.waits(11), ['activate']);
});

test('an acceptor that was the client’s donor until now, and has forgotten its answers, asks again', () => {
  const back = new Acceptor<Uint8Array>({ handoff, timeoutMs: 5000, leaseMs, claims: true }, 0);
  const { hears } = run<AcceptorInput<Uint8Array>, AcceptorOutput<Uint8Array>>(back, (output) =>
    output.kind === 'send' ? `send ${output.frame.kind}` : output.kind,
  );
  assert.deepEqual(hears({ kind: 'forgotten' }, 0), [], 'nothing was asked');
  hears({ kind: 'prepare', variant: handoffVariant('in-band+own') }, 0);
  assert.deepEqual(hears({ kind: 'routable', careOf: proof }, 0), ['send prepared']);
  assert.deepEqual(hears({ kind: 'forgotten' }, 50), ['start-return-routability']);
  assert.deepEqual(hears({ kind: 'routable', careOf: proof }, 130), ['send prepared']);
});

test('an acceptor that is told to wait sends nothing before, neither update nor data', () => {
  for (const [name, ...first] of [
    ['positions', 'bind insists 2 update'],
    ['in-band', 'adopt', 'activate', 'send done'],
    ['in-band+own', 'bind 2 update'],
  ] as const) {
    const { role, hears, waits } = acceptor(name, 'prepare', 27);
    assert.equal(role.deadline(), 27, name);
    assert.deepEqual(hears({ kind: 'restored' }, 10), [], name);
    assert.deepEqual(waits(26), [], name);
    assert.deepEqual(waits(27), first, name);
    assert.equal(role.deadline() === 27, false, name);
  }
  const slow = acceptor('in-band', 'prepare', 27);
  assert.deepEqual(slow.waits(27), [], 'the sockets do not stand yet');
  assert.deepEqual(slow.hears({ kind: 'restored' }, 30), ['adopt', 'activate', 'send done']);
});

/** A donor whose last send() has returned at 0. */
function donor(name: string, but: Partial<DonorPlan> = {}) {
  /** what the states' timestamps were ahead by, each time they were asked for with sockets that send on */
  const aheadMs: number[] = [];
  const role = new Donor({
    ...{ handoff, client: ipv6('2001:db8:c::2'), contactAddress: ipv6('2001:db8:1::100') },
    ...{ connections: [0], variant: handoffVariant(name), announced: false, waitMs: 0 },
    ...{ doneTimeoutMs: 1000, leaseMs, claims: true, settled: () => true },
    ...but,
  });
  const told = run<DonorInput, DonorOutput>(role, (output) => {
    if (output.kind === 'fall-back') return `fall-back ${output.rule}`;
    if (output.kind === 'bind-for-acceptor') return `bind-for-acceptor ${output.copies}`;
    if (output.kind === 'freeze-and-extract')
      aheadMs.push(...(output.aheadMs === undefined ? [] : [output.aheadMs]));
    if (output.kind !== 'send') return output.kind;
    const { frame } = output;
    if (frame.kind !== 'init') return `send ${frame.kind}`;
    const axes = wholeAxes(decodeAxes(frame.variant!));
    const hold = holdOf(axes);
    const start = axes.start === 'acknowledgement' ? undefined : axes.start;
    return `send init ${frame.sequence} ${axes.binder} ${start}${hold === 0 ? '' : ` hold ${hold}`}`;
  });
  const state = { tcpState: Uint8Array.of(1), applicationState: empty };
  const extracted = { kind: 'extracted', connection: 0, state, sequence: 41 } as const;
  const prepared = { kind: 'prepared', handoff, ...proof } as const;
  const sent = told.hears({ kind: 'last-send-returned', connection: 0 }, 0);
  return { role, aheadMs, sent, extracted, prepared, ...told };
}

test('a donor serves until its acceptor has been tested, then binds the client to it right before Init', () => {
  const { sent, hears, extracted, prepared, role } = donor('in-band');
  assert.deepEqual(sent, ['announce', 'hold-new-connections']);
  assert.equal(role.state, 'announced');
  assert.deepEqual(hears(prepared, 160), ['freeze-and-extract']);
  assert.deepEqual(hears(extracted, 160), ['bind-for-acceptor 2', 'send init 43 donor init']);
  assert.deepEqual(hears({ kind: 'done', handoff, sequence: 43 }, 200), ['handed-off', 'send released']);
});

test('where it cannot, the acceptor does, as soon, and the rule is told', () => {
  const late = donor('in-band');
  assert.deepEqual(late.waits(500), ['freeze-and-extract']);
  assert.deepEqual(late.hears(late.extracted, 500), [
    'fall-back acceptor-not-tested',
    'send init 41 acceptor update',
  ]);
  const tokenless = donor('in-band', { holdsHomeToken: () => false });
  tokenless.hears(tokenless.prepared, 160);
  assert.deepEqual(tokenless.hears(tokenless.extracted, 160), [
    'fall-back no-home-token',
    'send init 41 acceptor update',
  ]);
  const old = donor('in-band');
  old.hears({ ...old.prepared, ageMs: 200_000 }, 160);
  assert.deepEqual(old.hears(old.extracted, 161), [
    'fall-back care-of-token-too-old',
    'send init 41 acceptor update',
  ]);
});

test('a client that has been bound to the acceptor from here is taken back before it is served', () => {
  for (const input of [
    { kind: 'refuse', handoff, bound: false, reason: 'full' },
    { kind: 'unsent', frame: 'init' },
  ] as const) {
    const { hears, prepared, extracted } = donor('in-band');
    hears(prepared, 160);
    hears(extracted, 160);
    assert.deepEqual(hears(input, 200), ['reclaim']);
    assert.deepEqual(hears({ kind: 'bound', sequence: 1067 }, 300), ['resume']);
  }
  const paper = donor('advance-rr');
  paper.hears(paper.extracted, 10);
  assert.deepEqual(paper.hears({ kind: 'refuse', handoff, bound: false, reason: 'full' }, 20), ['resume']);
});

test('the donor’s last octets come first: an acceptor nearer to the client is told to wait for as long as it is nearer', () => {
  const held = (name: string, client: number | undefined, acceptor: number | undefined, tripMs: number) => {
    const { hears, prepared, extracted } = donor(name, { tripsMs: () => ({ client, acceptor }) });
    hears({ ...prepared, tripMs }, 160);
    const said = [...hears({ kind: 'drained', connection: 0 }, 160), ...hears(extracted, 160)];
    return said.filter((one) => /init|fall-back/.test(one));
  };
  // 60 − 20 − 13, and one for what is not exact.
  assert.deepEqual(held('in-band', 60, 20, 13), ['send init 43 donor init hold 28']);
  assert.deepEqual(held('positions', 60.2, 20.1, 13.3), ['send init 41 acceptor update hold 28']);
  assert.deepEqual(held('in-band', 33, 20, 13), ['send init 43 donor init hold 1']);
  assert.deepEqual(
    held('in-band', 31, 20, 13),
    ['send init 43 donor init'],
    'the way by the acceptor is longer',
  );
  assert.deepEqual(held('in-band', undefined, 20, 13), ['send init 43 donor init'], 'nothing is known');
  assert.deepEqual(held('in-band', 60, undefined, 13), ['send init 43 donor init hold 48']);
  assert.deepEqual(held('in-band', 400, 20, 13), ['send init 43 donor init hold 368']);
  // Half of the time in which it is to be done.
  assert.deepEqual(held('in-band', 600, 20, 13), [
    'fall-back acceptor-much-nearer',
    'send init 43 donor init hold 500',
  ]);
  assert.deepEqual(held('at-update', 60, 20, 13), ['send init 41 acceptor update'], 'nothing is under way');
  assert.deepEqual(held('advance-rr', 60, 20, 13), ['send init 41 acceptor undefined'], 'the paper’s');
  assert.deepEqual(held('unforeseen-tunnel', 60, 20, 13), [
    ...['fall-back no-home-token', 'send init 41 acceptor init hold 41'],
  ]);
});

test('in the reverse tunnel data goes at once, and the Binding Update is at the client behind the donor’s last octets', () => {
  const near = acceptor('unforeseen-tunnel', 'init', 240, 1);
  assert.deepEqual(near.begun, ['restore-sockets', 'start-return-routability'].reverse());
  assert.deepEqual(near.hears({ kind: 'restored' }, 3), ['activate']);
  // 240 ms behind Init less the millisecond on its way.
  assert.equal(near.role.deadline(), 239);
  assert.deepEqual(near.waits(239), ['bind insists 1 acknowledgement']);
  const far = acceptor('unforeseen-tunnel', 'init', 40, 50);
  assert.deepEqual(far.hears({ kind: 'restored' }, 3), ['activate', 'bind insists 1 acknowledgement']);
});

/** A donor whose cut is announced; `left`: what it has not sent, octets, of which 250 leave in a ms. */
function cutting(
  name: string,
  left: { octets: number; lost?: boolean; uneven?: boolean; leaveInMs?: number },
  but: Partial<DonorPlan> = {},
) {
  const told = donor(name, {
    ...{ prepared: { ...proof, tripMs: 40, at: -50 }, tripsMs: () => ({ client: 30, acceptor: 20 }) },
    unsent: () => ({ perMs: 250, evenly: left.uneven !== true, ...left }),
    repairsLoss: () => left.lost === true,
    ...but,
  });
  const going = { ...told.extracted, goesOn: true } as const;
  return { ...told, going };
}

test('an announced cut: Init is ahead of the last octets by as much as the way by the acceptor is longer, and what it waits is told', () => {
  const left = { octets: 20_000 };
  const { sent, role, hears, waits, going } = cutting('timed', left);
  assert.deepEqual(sent, ['announce', 'hold-new-connections']);
  assert.equal(role.state, 'nearing');
  assert.equal(role.deadline(), 1);
  // 20 + 40 − 30 ms are 7,500 octets, and a segment more is left when one too many would not be seen.
  left.octets = 9000;
  assert.deepEqual(waits(44), []);
  left.octets = 8900;
  assert.deepEqual(waits(45), ['freeze-and-extract']);
  // 8,900 octets take 35.6 ms and two updates 1.1: 30 + 36.7 − 60, and one for what is not exact.
  assert.deepEqual(hears(going, 45), ['send init 43 donor timed hold 8']);
  assert.equal(role.state, 'finishing');
  left.octets = 10;
  assert.deepEqual(waits(60), []);
  left.octets = 0;
  assert.deepEqual(waits(80), ['freeze', 'bind-for-acceptor 2']);
  assert.equal(role.state, 'initiated');
  assert.deepEqual(hears({ kind: 'done', handoff, sequence: 43 }, 120), ['handed-off', 'send released']);
});

test('of octets that leave by the flight the acceptor waits for as long as the donor may: its first packet comes behind the update', () => {
  const left = { octets: 9000, uneven: true };
  const { role, hears, waits, going } = cutting('timed', left);
  left.octets = 8900;
  assert.deepEqual(waits(45), ['freeze-and-extract']);
  assert.deepEqual(hears(going, 45), ['send init 43 donor timed hold 18']);
  // They pause: what is left at last is the acceptor's. 35.6 ms and 10 more, and one look at most.
  let cutAt = 45;
  while (role.state === 'finishing') {
    cutAt = role.deadline()!;
    waits(cutAt);
  }
  assert.ok(Math.abs(cutAt - 90.6) < 1e-9, `${cutAt}`);
  // Init 20 ms on its way, the hold, and 40 ms from the acceptor; the donor's updates take 1.1 to leave, and 30.
  assert.ok(45 + 20 + 18 + 40 >= cutAt + 1.1 + 30);
});

test('a client whose Mobile IPv6 takes its time for a message has it for the update, too: the acceptor waits for that, and its own way is the shorter for it', () => {
  const holdOf = (takes: number | undefined): number => {
    const left = { octets: 9000 };
    const { hears, waits, going, role } = cutting('timed', left, {
      prepared: { ...proof, tripMs: 40 + (takes ?? 0), at: -50 },
      tripsMs: () => ({ client: 30, acceptor: 20, takes }),
    });
    left.octets = 1000;
    for (let at = 1; role.state === 'nearing' && at < 100; at++) waits(at);
    const [init = ''] = hears(going, 100);
    return Number(/hold (\d+)/.exec(init)?.[1] ?? 0);
  };
  // 1,000 octets take 4 ms and two updates 1.1: 30 + 5.1 − 60 ms, and one for what is not exact. What a clock and a packet in front make of a test is no time to speak of.
  assert.deepEqual([undefined, 0, 0.9].map(holdOf), [0, 0, 0]);
  assert.deepEqual([20, 40, 100].map(holdOf), [0, 16, 76]);
});

test('where the flight before tells when the last octets leave, a cut is near by that, and its acceptor waits no longer', () => {
  const left = { octets: 100, uneven: true, leaveInMs: 90 };
  const { hears, waits, role, going } = cutting('timed', left);
  assert.equal(role.state, 'nearing', 'they are few, and wait for an acknowledgement');
  left.leaveInMs = 35.6;
  assert.deepEqual(waits(45), ['freeze-and-extract']);
  assert.deepEqual(hears(going, 45), ['send init 43 donor timed hold 8']);
});

test('an acceptor that serves in the reverse tunnel before it has been tested binds the client as soon as it may', () => {
  const begun = () => {
    const role = new Acceptor<Uint8Array>({ handoff, timeoutMs: 5000, leaseMs, claims: true }, 0);
    const told = run<AcceptorInput<Uint8Array>, AcceptorOutput<Uint8Array>>(role, ({ kind }) => kind);
    const variant = handoffVariant('unforeseen-tunnel');
    const first = told.hears({ kind: 'init', variant, sequence: 41, connections: [connection] }, 0);
    assert.deepEqual(first, ['start-return-routability', 'restore-sockets']);
    assert.deepEqual(told.hears({ kind: 'restored' }, 1), ['activate']);
    return told;
  };
  assert.deepEqual(begun().hears({ kind: 'routable', careOf: proof }, 80), ['bind']);
  // Not while its donor may serve on, and then at once.
  const cut = begun();
  cut.hears({ kind: 'channel-lost' }, 50);
  assert.deepEqual(cut.hears({ kind: 'routable', careOf: proof }, 80), []);
  assert.deepEqual(cut.hears({ kind: 'channel-restored' }, 120), ['bind']);
  // What it sends the client takes whoever has it: without a word of anybody it stops.
  assert.deepEqual(begun().waits(1 + leaseMs), ['send', 'stop']);
});

test('a candidate asks the client anew before its tokens are too old, however long nothing comes of it', () => {
  const role = new Acceptor<Uint8Array>({ handoff, timeoutMs: 5000, leaseMs, claims: true }, 0);
  const { hears, waits } = run<AcceptorInput<Uint8Array>, AcceptorOutput<Uint8Array>>(role, (output) =>
    output.kind === 'start-return-routability' && output.renewed ? 'renew' : output.kind,
  );
  const variant = handoffVariant('unforeseen-standing');
  assert.deepEqual(hears({ kind: 'prepare', variant }, 0), ['start-return-routability']);
  assert.equal(role.deadline(), undefined, 'the client is asked, and nobody gives up');
  assert.deepEqual(hears({ kind: 'routable', careOf: proof }, 120), [], 'nobody waits for that');
  assert.equal(role.deadline(), 150_120);
  assert.deepEqual(waits(150_119), []);
  assert.deepEqual(waits(150_120), ['renew']);
  assert.equal(role.deadline(), undefined);
  // Init comes before the answer: the tokens of before are good.
  assert.deepEqual(hears({ kind: 'init', variant, sequence: 41, connections: [connection] }, 150_150), [
    'restore-sockets',
  ]);
  assert.deepEqual(hears({ kind: 'restored' }, 150_150), ['bind']);
  // A donor that has forgotten the client announces it no more.
  const long = new Acceptor<Uint8Array>({ handoff, timeoutMs: 5000, leaseMs, claims: true }, 0);
  long.handle({ kind: 'prepare', variant }, 0);
  let [now, renewals] = [0, -1];
  while (long.state !== 'finished' && renewals < 100) {
    long.handle({ kind: 'routable', careOf: proof }, now);
    now = long.deadline()!;
    long.handleTimeout(now);
    renewals++;
  }
  assert.equal(renewals, MOST_REFRESHES);
  const said = Array.from({ length: 200 }, () => long.poll()).filter((output) => output?.kind === 'send');
  assert.match(JSON.stringify(said), /"refuse".*to be announced anew/);
  const silent = new Acceptor<Uint8Array>({ handoff, timeoutMs: 5000, leaseMs, claims: true }, 0);
  silent.handle({ kind: 'prepare', variant }, 0);
  silent.handle({ kind: 'routable', careOf: proof }, 120);
  silent.handleTimeout(150_120);
  silent.handle({ kind: 'unanswered', reason: 'no answer' }, 180_000);
  assert.equal(silent.state, 'finished');
});

test('the acceptor’s timestamps begin behind the last that a donor sends, however long it sends on', () => {
  const ms = fc.integer({ min: 0, max: 100 });
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 60_000 }), ms, ms, (octets, tripMs, acceptor) => {
      const left = { octets };
      const { role, aheadMs, hears, waits, going } = cutting('timed', left, {
        prepared: { ...proof, tripMs, at: -50 },
        tripsMs: () => ({ client: 10, acceptor }),
      });
      let now = 0;
      for (; role.state === 'nearing'; waits(++now)) left.octets = Math.max(1, left.octets - 250);
      const since = now;
      hears(going, now);
      assert.equal(role.state, 'finishing');
      // Nothing leaves: it is as late as it can be.
      while (role.state === 'finishing') waits(++now);
      assert.ok(aheadMs[0]! > now - since, `${aheadMs[0]} ms ahead, sent for ${now - since} ms`);
      assert.ok(aheadMs[0]! > acceptor);
    }),
  );
});

test('what does not leave is waited for in bounds, and then not announced', () => {
  const { role, hears, waits, extracted } = cutting('timed', { octets: 1_000_000 });
  for (let now = 1; now < 500; now++) assert.deepEqual(waits(now), [], `at ${now}`);
  assert.equal(role.state, 'nearing');
  assert.deepEqual(waits(500), ['freeze-and-extract']);
  assert.deepEqual(hears(extracted, 500), ['bind-for-acceptor 2', 'send init 43 donor timed']);
});

test('a donor that cannot bind the client itself announces its cut all the same', () => {
  const left = { octets: 5000 };
  const { hears, waits, going } = cutting('adaptive', left, { holdsHomeToken: () => false });
  assert.deepEqual(hears(going, 0), [
    'fall-back no-home-token',
    'stop-optimising',
    'send init 41 acceptor timed',
  ]);
  left.octets = 0;
  assert.deepEqual(waits(1), ['freeze']);
});

test('a donor that has announced its cut stands still soon, whatever it has sent: the acceptor begins', () => {
  const { hears, waits, going, role } = cutting('timed', { octets: 5000 });
  hears(going, 0);
  assert.deepEqual(waits(29), []);
  assert.deepEqual(waits(30), ['freeze', 'bind-for-acceptor 2'], '20 ms at its rate, and 10');
  assert.equal(role.state, 'initiated');
});

test('in the reverse tunnel the last octets pass, whoever has bound the client', () => {
  const left = { octets: 5000 };
  const { hears, waits, going } = cutting('binding-first', left);
  assert.deepEqual(hears(going, 0), ['stop-optimising', 'send init 41 acceptor timed']);
  left.octets = 0;
  assert.deepEqual(waits(1), ['freeze']);
});

test('a cut is not announced where something is missing, where nothing is unsent, and not of one socket alone', () => {
  const lossy = cutting('timed', { octets: 5000 }, { repairsLoss: undefined });
  assert.deepEqual(lossy.sent.at(-1), 'freeze-and-extract');
  let asked = 0;
  const late = cutting('timed', { octets: 5000 }, { repairsLoss: () => asked++ > 0 });
  assert.deepEqual(late.sent.slice(-2), ['fall-back loss-near-the-cut', 'freeze-and-extract']);
  assert.deepEqual(late.hears(late.extracted, 0), ['bind-for-acceptor 2', 'send init 43 donor timed']);
  const idle = cutting('timed', { octets: 0 });
  assert.deepEqual(idle.hears(idle.extracted, 0), ['bind-for-acceptor 2', 'send init 43 donor timed']);
  const two = cutting('timed', { octets: 5000 }, { connections: [0, 1] });
  two.hears({ kind: 'last-send-returned', connection: 1 }, 0);
  two.hears(two.going, 0);
  // The other cannot go on: both are frozen, and their states are taken again.
  assert.deepEqual(two.hears({ ...two.extracted, connection: 1 }, 0), ['freeze-and-extract']);
  two.hears(two.extracted, 0);
  assert.deepEqual(two.hears({ ...two.extracted, connection: 1 }, 0), [
    'bind-for-acceptor 2',
    'send init 43 donor timed',
  ]);
});

test('behind an announced cut a donor serves on as if Init had not left, unless the acceptor may have served', () => {
  const begun = () => {
    const cut = cutting('timed', { octets: 5000 });
    cut.hears(cut.going, 0);
    return cut;
  };
  assert.deepEqual(begun().hears({ kind: 'refuse', handoff, bound: false, reason: 'full' }, 5), ['resume']);
  assert.deepEqual(begun().hears({ kind: 'unsent', frame: 'init' }, 5), ['resume']);
  assert.deepEqual(begun().hears({ kind: 'here', handoff }, 5), []);
  assert.deepEqual(begun().hears({ kind: 'client-gone', connection: 0 }, 5), []);
  assert.deepEqual(begun().hears({ kind: 'refuse', handoff, bound: true, reason: 'late' }, 5), [
    ...['freeze', 'bind-for-acceptor 2', 'reclaim'],
  ]);
  assert.deepEqual(begun().hears({ kind: 'peer-gone' }, 5), ['freeze', 'bind-for-acceptor 2', 'reclaim']);
  assert.deepEqual(begun().hears({ kind: 'done', handoff, sequence: 43 }, 5), [
    ...['freeze', 'bind-for-acceptor 2', 'handed-off', 'send released'],
  ]);
  const lost = begun();
  assert.deepEqual(lost.hears({ kind: 'channel-lost' }, 5), ['freeze', 'bind-for-acceptor 2']);
  assert.equal(lost.role.state, 'uncertain');
});

test('an acceptor that nobody has prepared gets the donor’s home keygen token, and tests the rest', () => {
  const home = { homeNonceIndex: 3, homeKeygenToken: Uint8Array.of(8, 7, 6, 5, 4, 3, 2, 1), ageMs: 9000 };
  const given = (homeProof?: () => typeof home) => {
    const role = new Donor({
      ...{ handoff, client: ipv6('2001:db8:c::2'), contactAddress: ipv6('2001:db8:1::100') },
      ...{ connections: [0], variant: handoffVariant('unforeseen'), announced: false, waitMs: 0 },
      ...{ doneTimeoutMs: 1000, leaseMs, claims: true, settled: () => true },
      ...(homeProof === undefined ? {} : { homeProof }),
    });
    role.handle({ kind: 'last-send-returned', connection: 0 }, 0);
    role.handle({ kind: 'drained', connection: 0 }, 80);
    const state = { tcpState: Uint8Array.of(1), applicationState: empty };
    role.handle({ kind: 'extracted', connection: 0, state, sequence: 41 }, 80);
    const said: DonorOutput[] = [];
    for (let output = role.poll(); output !== undefined; output = role.poll()) said.push(output);
    return said.flatMap((output): unknown[] => {
      if (output.kind === 'fall-back') return [[output.rule]];
      if (output.kind !== 'send' || output.frame.kind !== 'init') return [];
      return [[output.frame.home, decodeAxes(output.frame.variant!).returnRoutability]];
    });
  };
  assert.deepEqual(
    given(() => home),
    [[home, 'home-given']],
  );
  assert.deepEqual(given(), [['no-home-token'], [undefined, 'at-init']]);

  const acceptor = new Acceptor<Uint8Array>({ handoff, timeoutMs: 5000, leaseMs, claims: true }, 0);
  const variant = handoffVariant('unforeseen');
  acceptor.handle({ kind: 'init', variant, sequence: 41, connections: [connection], home }, 0);
  assert.deepEqual(acceptor.poll(), { kind: 'start-return-routability', home });
});

test('an acceptor that has been tested before is not waited for', () => {
  const { sent } = donor('in-band', { announced: true, prepared: { ...proof, at: -50 } });
  assert.deepEqual(sent, ['hold-new-connections', 'freeze-and-extract']);
});

test('what was lost on its way is sent again by the donor first, for as long as a timeout takes, and the rule is told', () => {
  let lost = true;
  const mended = donor('adaptive', { repairsLoss: () => lost });
  assert.deepEqual(mended.hears(mended.prepared, 160), ['fall-back loss-repaired-first']);
  assert.equal(mended.role.state, 'recovering');
  assert.deepEqual(mended.waits(165), []);
  assert.deepEqual(mended.waits(170), [], 'it looks again, and something is missing still');
  lost = false;
  assert.deepEqual(mended.waits(179), []);
  assert.deepEqual(mended.waits(180), ['freeze-and-extract']);

  lost = true;
  const never = donor('adaptive', { repairsLoss: () => lost });
  never.hears(never.prepared, 160);
  for (let now = 170; now < 560; now += 10) assert.deepEqual(never.waits(now), [], `${now}`);
  assert.deepEqual(never.waits(560), ['freeze-and-extract'], 'the acceptor has to send it');

  const late = donor('adaptive', { repairsLoss: () => true });
  late.waits(500);
  assert.equal(late.role.state, 'recovering', 'whether or not the acceptor has been tested');
  assert.deepEqual(late.hears({ kind: 'cancelled', reason: 'no' }, 505), ['send cancel', 'resume']);
  const prepared = donor('adaptive', { prepared: { ...proof, at: -50 }, repairsLoss: () => false });
  assert.deepEqual(prepared.sent.at(-1), 'freeze-and-extract', 'nothing is missing');
});

test('what the acceptor sends in the reverse tunnel passes a donor that optimises nothing any more', () => {
  const { hears, extracted } = donor('tunnel-first');
  hears({ kind: 'drained', connection: 0 }, 80);
  assert.deepEqual(hears(extracted, 80), ['stop-optimising', 'send init 41 acceptor update']);
});
