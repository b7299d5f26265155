import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ipv6 } from '../../mip6/wire/address.ts';
import { Acceptor } from '../../server/handoff/acceptor.ts';
import type { AcceptorOutput } from '../../server/handoff/acceptor-types.ts';
import { Donor } from '../../server/handoff/donor.ts';
import type { DonorOutput, DonorPlan } from '../../server/handoff/donor-types.ts';
import { encodeAxes, handoffVariant, handoffVariants } from '../../server/variants/variants.ts';

const client = ipv6('2001:db8:c::2');
const contactAddress = ipv6('2001:db8:1::100');
const handoff = 5;
const doneTimeoutMs = 1000;
const leaseMs = 300;
const applicationState = Uint8Array.of(1, 2, 3);
const tcpState = Uint8Array.of(9, 8, 7);
const state = { tcpState, applicationState };
const always = (): boolean => true;

function donor(variantName: string, waitMs = 0, prepared = false): Donor {
  const variant = handoffVariant(variantName);
  return new Donor({
    handoff,
    client,
    contactAddress,
    variant,
    connections: [0],
    announced: prepared,
    settled: always,
    waitMs,
    doneTimeoutMs,
    leaseMs,
    claims: false,
  });
}

function outputs<Output extends { kind: string }>(role: { poll(): Output | undefined }): Output[] {
  const all: Output[] = [];
  for (let output = role.poll(); output !== undefined; output = role.poll()) all.push(output);
  return all;
}

const describe = (output: DonorOutput | AcceptorOutput<Uint8Array>): string =>
  output.kind === 'send' ? `send ${output.frame.kind}` : output.kind;

const told = encodeAxes(handoffVariant('drain'));
const init = {
  kind: 'init',
  handoff,
  client,
  contactAddress,
  variant: told,
  sequence: 41,
  ...state,
} as const;
/** The same as an acceptor is told of it. */
const arriving = {
  kind: 'init',
  variant: handoffVariant('drain'),
  sequence: 41,
  connections: [{ state: tcpState, octets: tcpState.length, applicationState }],
} as const;

test('the donor orders its steps as each variant says', () => {
  const expected: Record<string, string[]> = {
    baseline: ['hold-new-connections', 'freeze-and-extract'],
    drain: ['hold-new-connections', 'watch-drain', '|', 'freeze-and-extract'],
    'advance-rr': ['hold-new-connections', 'announce', 'freeze-and-extract'],
    'drain+advance-rr': ['hold-new-connections', 'announce', 'watch-drain', '|', 'freeze-and-extract'],
    none: ['hold-new-connections', 'announce', 'watch-drain', '|', 'freeze-and-extract'],
    'at-update': ['hold-new-connections', 'announce', 'watch-drain', '|', 'freeze-and-extract'],
    positions: ['announce', 'hold-new-connections'],
    'in-band': ['announce', 'hold-new-connections'],
    adaptive: ['announce', 'hold-new-connections'],
    'in-band+own': ['announce', 'hold-new-connections'],
    unforeseen: ['hold-new-connections', 'watch-drain', '|', 'freeze-and-extract'],
    'unforeseen-standing': ['announce', 'hold-new-connections', 'watch-drain', '|', 'freeze-and-extract'],
    'unforeseen-tunnel': ['hold-new-connections', 'freeze-and-extract'],
    timed: ['announce', 'hold-new-connections'],
    'binding-first': ['announce', 'hold-new-connections'],
    'tunnel-first': ['hold-new-connections', 'announce', 'watch-drain', '|', 'freeze-and-extract'],
  };
  for (const { name } of handoffVariants) {
    const role = donor(name);
    role.handle({ kind: 'last-send-returned', connection: 0 }, 0);
    const steps = outputs(role).map(describe);
    if (steps.includes('watch-drain')) {
      role.handle({ kind: 'drained', connection: 0 }, 10);
      steps.push('|', ...outputs(role).map(describe));
    }
    assert.deepEqual(steps, expected[name], name);
  }
});

test('the waiting time passes between the last send() and the freeze', () => {
  const role = donor('baseline', 250);
  role.handle({ kind: 'last-send-returned', connection: 0 }, 100);
  assert.deepEqual(outputs(role).map(describe), ['hold-new-connections']);
  assert.equal(role.deadline(), 350);
  role.handleTimeout(349);
  assert.deepEqual(outputs(role), []);
  role.handleTimeout(350);
  assert.deepEqual(outputs(role).map(describe), ['freeze-and-extract']);
});

test('Init carries sequence number, TCP state and application state; Done ends the handoff', () => {
  const role = initiated();
  role.handle({ kind: 'done', handoff, sequence: 42 }, 20);
  assert.deepEqual(outputs(role), [
    { kind: 'handed-off', connections: [0], sequence: 42 },
    { kind: 'send', frame: { kind: 'released', handoff } },
  ]);
  assert.equal(role.deadline(), undefined);
});

test('until Init is out any failure lets the donor serve on at once', () => {
  for (const kind of ['channel-lost', 'peer-gone'] as const) {
    const role = donor('drain+advance-rr');
    role.handle({ kind: 'last-send-returned', connection: 0 }, 0);
    outputs(role);
    role.handle({ kind }, 3);
    const [end, ...more] = outputs(role);
    assert.ok(end?.kind === 'resume' && !end.checkClient && more.length === 0, JSON.stringify(end));
  }
});

test('a Refuse lets the donor serve on at once, or take the client back first when it may be bound', () => {
  const refuse = { kind: 'refuse', handoff, reason: 'full' } as const;
  const early = initiated();
  early.handle({ ...refuse, bound: false }, 20);
  assert.deepEqual(outputs(early).map(describe), ['resume']);
  const late = initiated();
  late.handle({ ...refuse, bound: true }, 20);
  assert.deepEqual(outputs(late), [{ kind: 'reclaim', sequence: 41 + 1024 }]);
  late.handle({ kind: 'bound', sequence: 42 }, 30);
  late.handle({ kind: 'done', handoff, sequence: 42 }, 30);
  assert.deepEqual(outputs(late).map(describe), ['resume']);
});

test('a lost channel after Init proves nothing: the donor asks when it is back, and obeys the answer', () => {
  const role = initiated();
  role.handle({ kind: 'channel-lost' }, 20);
  assert.deepEqual(outputs(role), []);
  role.handle({ kind: 'channel-restored' }, 50);
  assert.deepEqual(outputs(role).map(describe), ['send cancel']);
  role.handle({ kind: 'done', handoff, sequence: 42 }, 60);
  assert.deepEqual(outputs(role).map(describe), ['handed-off', 'send released']);
});

test('an acceptor known to be dead is reclaimed from at once, a silent one after two leases and outwaited for two', () => {
  const dead = initiated();
  dead.handle({ kind: 'channel-lost' }, 20);
  dead.handle({ kind: 'peer-gone' }, 21);
  dead.handle({ kind: 'bound', sequence: 42 }, 22);
  assert.deepEqual(outputs(dead).map(describe), ['reclaim', 'resume']);
  const silent = initiated();
  silent.handleTimeout(10 + doneTimeoutMs);
  assert.deepEqual(outputs(silent).map(describe), ['send cancel']);
  silent.handleTimeout(10 + doneTimeoutMs + 2 * leaseMs);
  assert.deepEqual(outputs(silent), [{ kind: 'contest', sequence: 42 }]);
  silent.handle({ kind: 'bound', sequence: 42 }, 1999);
  assert.deepEqual(outputs(silent), [{ kind: 'reclaim', sequence: 41 + 1024 }]);
  silent.handle({ kind: 'bound', sequence: 42 }, 2000);
  assert.deepEqual(outputs(silent), []);
  silent.handleTimeout(2000 + 2 * leaseMs);
  assert.deepEqual(outputs(silent).map(describe), ['resume']);
});

test('a client that cannot be taken back is lost, never served twice', () => {
  const role = initiated();
  role.handle({ kind: 'peer-gone' }, 20);
  role.handle({ kind: 'refused', reason: 'status 128' }, 30);
  role.handle({ kind: 'bound', sequence: 42 }, 31);
  assert.deepEqual(outputs(role).map(describe), ['reclaim', 'lose']);
});

test('a handoff ends once: what is heard afterwards changes nothing', () => {
  const role = initiated();
  role.handle({ kind: 'done', handoff, sequence: 42 }, 20);
  outputs(role);
  role.handle({ kind: 'client-gone', connection: 0 }, 30);
  role.handle({ kind: 'bound', sequence: 42 }, 30);
  for (const kind of ['peer-gone', 'channel-restored'] as const) role.handle({ kind }, 30);
  assert.deepEqual(outputs(role), []);
});

test('a donor that yields takes the client back when it hears that the acceptor is no more, and gives up in the end', () => {
  const yielding = (): Donor => {
    const role = initiated();
    role.handle({ kind: 'channel-lost' }, 20);
    role.handleTimeout(20 + 2 * leaseMs);
    role.handle({ kind: 'superseded', reason: 'status 135' }, 1000);
    assert.deepEqual(outputs(role).map(describe), ['contest']);
    return role;
  };
  const gone = yielding();
  gone.handle({ kind: 'peer-gone' }, 2000);
  assert.deepEqual(outputs(gone).map(describe), ['reclaim']);
  const refused = yielding();
  refused.handle({ kind: 'channel-restored' }, 2000);
  const refuse = { kind: 'refuse', handoff, bound: true, reason: 'given up' } as const;
  refused.handle(refuse, 2001);
  assert.deepEqual(outputs(refused).map(describe), ['send cancel', 'reclaim']);
  const forever = yielding();
  forever.handleTimeout(20 + 200 * leaseMs);
  assert.deepEqual(outputs(forever).map(describe), ['lose']);
});

test('a donor that reaches neither acceptor nor client asks again every two leases', () => {
  const role = initiated();
  role.handle({ kind: 'channel-lost' }, 20);
  let now = 20;
  for (let count = 0; count < 3; count++) {
    now += 2 * leaseMs;
    role.handleTimeout(now);
    assert.deepEqual(outputs(role), [{ kind: 'contest', sequence: 42 }]);
    role.handle({ kind: 'unanswered', reason: 'no answer' }, now);
  }
});

test('a donor whose application thinks better of it serves on and tells its acceptor, and from Init on it is too late', () => {
  const cancelled = { kind: 'cancelled', reason: 'the application has aborted it' } as const;
  const early = donor('drain+advance-rr');
  outputs(early);
  early.handle(cancelled, 1);
  assert.deepEqual(outputs(early).map(describe), ['resume'], 'sending: nothing has been told');
  const draining = donor('drain+advance-rr');
  draining.handle({ kind: 'last-send-returned', connection: 0 }, 0);
  outputs(draining);
  draining.handle(cancelled, 2);
  assert.deepEqual(outputs(draining).map(describe), ['send cancel', 'resume']);
  const late = initiated();
  outputs(late);
  late.handle(cancelled, 20);
  assert.deepEqual(outputs(late), []);
});

test('a donor that has prepared and does not come to its Init cancels, whatever the reason', () => {
  const gone = { kind: 'client-gone', connection: 0 } as const;
  const stuck = { kind: 'not-extracted', reason: 'half closed' } as const;
  const ends: readonly (readonly [
    variant: string,
    prepared: boolean,
    end: typeof gone | typeof stuck,
    last: string,
  ])[] = [
    ['drain+advance-rr', false, gone, 'lose'],
    ['drain+advance-rr', false, stuck, 'resume'],
    ['drain', true, gone, 'lose'],
    ['drain', true, stuck, 'resume'],
  ];
  for (const [name, prepared, end, last] of ends) {
    const role = donor(name, 0, prepared);
    role.handle({ kind: 'last-send-returned', connection: 0 }, 0);
    if (end.kind === 'not-extracted') role.handle({ kind: 'drained', connection: 0 }, 1);
    outputs(role);
    role.handle(end, 2);
    assert.deepEqual(outputs(role).map(describe), ['send cancel', last], `${name} ${end.kind}`);
  }
  const unprepared = donor('drain');
  unprepared.handle({ kind: 'last-send-returned', connection: 0 }, 0);
  outputs(unprepared);
  unprepared.handle(gone, 2);
  assert.deepEqual(outputs(unprepared).map(describe), ['lose'], 'nothing to cancel');
});

test('a client that is lost keeps its binding until a handoff may have moved it', () => {
  const unbound = (role: Donor): readonly boolean[] =>
    outputs(role).flatMap((output) => (output.kind === 'lose' ? [output.unbound] : []));
  const early = donor('drain');
  early.handle({ kind: 'last-send-returned', connection: 0 }, 0);
  early.handle({ kind: 'client-gone', connection: 0 }, 1);
  assert.deepEqual(unbound(early), [false], 'this member deletes the binding, as for any client that leaves');
  const failed = initiated();
  failed.handle({ kind: 'peer-gone' }, 20);
  failed.handle({ kind: 'refused', reason: 'status 128' }, 30);
  assert.deepEqual(unbound(failed), [true]);
});

test('the end of a frozen connection here changes nothing: its state is the acceptor’s, and its end is told when that does not serve', () => {
  for (const [frame, expected] of [
    [{ kind: 'done', handoff, sequence: 42 }, ['handed-off', 'send released']],
    [{ kind: 'refuse', handoff, bound: false, reason: 'no room' }, ['resume']],
  ] as const) {
    const role = initiated();
    role.handle({ kind: 'client-gone', connection: 0 }, 20);
    assert.deepEqual(outputs(role), []);
    role.handle(frame, 30);
    assert.deepEqual(outputs(role).map(describe), expected);
  }
});

/** A donor of `drain+advance-rr` whose acceptor was heard at instant `heard.at`; asks every 300 ms, and waits 500. */
function attentive(
  heard: { at: number; progress?: number },
  claims = true,
  variant = 'drain+advance-rr',
  but: Partial<DonorPlan> = {},
): Donor {
  return new Donor({
    ...but,
    ...{
      handoff,
      client,
      contactAddress,
      connections: [0],
      announced: false,
      settled: always,
      waitMs: 0,
      doneTimeoutMs: 60_000,
      leaseMs,
      claims,
    },
    variant: handoffVariant(variant),
    attention: {
      ...{ freshMs: 1000, everyMs: 300, patienceMs: 500, heardAt: () => heard.at },
      progressAt: () => heard.progress ?? heard.at,
    },
  });
}
const here = { kind: 'here', handoff } as const;

test('an acceptor that was heard lately is not asked; one that was not, while the client drains, and its answer is enough', () => {
  const lately = attentive({ at: -1000 });
  lately.handle({ kind: 'last-send-returned', connection: 0 }, 0);
  assert.deepEqual(outputs(lately).map(describe), ['hold-new-connections', 'announce', 'watch-drain']);
  const heard = { at: -1001 };
  const role = attentive(heard);
  role.handle({ kind: 'last-send-returned', connection: 0 }, 0);
  assert.deepEqual(outputs(role).map(describe), [
    'hold-new-connections',
    'announce',
    'send ask',
    'watch-drain',
  ]);
  heard.at = 90;
  role.handle(here, 90);
  role.handle({ kind: 'drained', connection: 0 }, 100);
  assert.deepEqual(outputs(role).map(describe), ['freeze-and-extract']);
});

test('without a sign of life the client is not frozen: the handoff waits for the answer, and is refused without one', () => {
  for (const variant of ['baseline', 'drain+advance-rr']) {
    const heard = { at: Number.NEGATIVE_INFINITY };
    const start = (): Donor => {
      const role = attentive(heard, true, variant);
      role.handle({ kind: 'last-send-returned', connection: 0 }, 0);
      role.handle({ kind: 'drained', connection: 0 }, 20);
      outputs(role);
      assert.equal(role.deadline(), 500);
      role.handleTimeout(499);
      assert.deepEqual(outputs(role), []);
      return role;
    };
    const answered = start();
    heard.at = 499;
    answered.handle(here, 499);
    assert.deepEqual(outputs(answered).map(describe), ['freeze-and-extract']);
    heard.at = Number.NEGATIVE_INFINITY;
    const silent = start();
    silent.handleTimeout(500);
    const steps = outputs(silent);
    const last = steps.at(-1);
    assert.ok(last?.kind === 'resume' && !last.checkClient && /nothing is heard/.test(last.reason));
    assert.deepEqual(steps.map(describe), variant === 'baseline' ? ['resume'] : ['send cancel', 'resume']);
  }
});

test('a sign of life that is old by the time of the freeze is none: the acceptor is asked again', () => {
  const heard = { at: 0 };
  const role = attentive(heard);
  role.handle({ kind: 'last-send-returned', connection: 0 }, 0);
  outputs(role);
  role.handle({ kind: 'drained', connection: 0 }, 1001);
  assert.deepEqual(outputs(role).map(describe), ['send ask']);
  assert.equal(role.deadline(), 1501);
  heard.at = 1400;
  role.handleTimeout(1501);
  assert.deepEqual(outputs(role).map(describe), ['freeze-and-extract'], 'any frame will do');
});

function frozen(
  heard: { at: number; progress?: number },
  claims = true,
  but: Partial<DonorPlan> = {},
): Donor {
  const role = attentive(heard, claims, 'drain', but);
  role.handle({ kind: 'last-send-returned', connection: 0 }, 0);
  role.handle({ kind: 'drained', connection: 0 }, 0);
  role.handle({ kind: 'extracted', connection: 0, state, sequence: 41 }, 0);
  outputs(role);
  return role;
}

test('a donor that has stood still itself does not take that for its acceptor’s silence', () => {
  const asking = attentive({ at: Number.NEGATIVE_INFINITY }, true, 'baseline');
  asking.handle({ kind: 'last-send-returned', connection: 0 }, 0);
  outputs(asking);
  asking.handleTimeout(601);
  assert.deepEqual(outputs(asking), []);
  asking.handle(here, 602);
  assert.deepEqual(outputs(asking).map(describe), ['freeze-and-extract']);
  const role = frozen({ at: 0 });
  role.handleTimeout(300);
  role.handleTimeout(901);
  assert.deepEqual(outputs(role).map(describe), ['send ask']);
  assert.equal(role.deadline(), 1401);
  role.handleTimeout(1401);
  assert.deepEqual(outputs(role).map(describe), ['send cancel', 'contest']);
});

test('behind Init the acceptor is asked again and again; when it is silent the client decides, and the donor goes on as soon as the client knows', () => {
  const heard = { at: 0, progress: 0 };
  const role = frozen(heard);
  assert.equal(role.deadline(), 300);
  role.handleTimeout(300);
  assert.deepEqual(outputs(role).map(describe), ['send ask']);
  role.handle(here, 350);
  assert.equal(role.deadline(), 650);
  role.handleTimeout(650);
  assert.deepEqual(outputs(role).map(describe), ['send ask']);
  heard.progress = 1000;
  role.handleTimeout(1150);
  assert.deepEqual(outputs(role), [], 'its kernel still takes a long Init');
  assert.equal(role.deadline(), 1500);
  role.handleTimeout(1500);
  assert.deepEqual(outputs(role).map(describe), ['send cancel', 'contest']);
  role.handle({ kind: 'bound', sequence: 42 }, 1550);
  assert.deepEqual(outputs(role), [{ kind: 'reclaim', sequence: 41 + 1024 }], 'before it is served');
  role.handle({ kind: 'bound', sequence: 41 + 1024 }, 1600);
  const [end] = outputs(role);
  assert.ok(end?.kind === 'resume' && !end.checkClient, 'the acceptor never had it');
});

test('a donor whose question is not heard of by who is asked next waits for two leases, in which its acceptor is', () => {
  const role = frozen({ at: 0 });
  role.handle({ kind: 'channel-lost' }, 10);
  role.handle({ kind: 'moved' }, 20);
  assert.deepEqual(outputs(role).map(describe), ['contest']);
  assert.equal(role.deadline(), 20 + 2 * leaseMs);
  role.handleTimeout(20 + 2 * leaseMs);
  assert.deepEqual(outputs(role).map(describe), ['contest']);
  role.handle({ kind: 'bound', sequence: 42 }, 1000);
  role.handle({ kind: 'moved' }, 1001);
  assert.deepEqual(outputs(role).map(describe), ['reclaim'], 'who takes it back has said so');
});

test('a lost channel lets the client decide at once, where its answer is final', () => {
  const role = frozen({ at: 0 });
  role.handle({ kind: 'channel-lost' }, 10);
  assert.deepEqual(outputs(role), [{ kind: 'contest', sequence: 42 }]);
  const earlier = frozen({ at: 0 }, false);
  earlier.handle({ kind: 'channel-lost' }, 10);
  assert.deepEqual(outputs(earlier), []);
  assert.equal(earlier.deadline(), 10 + 2 * leaseMs);
});

test('a claim: granted as long as the donor has not asked the client, and once the client is the acceptor’s; else refused', () => {
  const claim = { kind: 'claim', handoff } as const;
  const granting = frozen({ at: 0 });
  granting.handle(claim, 10);
  assert.deepEqual(outputs(granting).map(describe), ['send grant']);
  // Its acceptor may use any number now: one answer of the client decides nothing.
  granting.handle({ kind: 'channel-lost' }, 20);
  granting.handleTimeout(20 + 2 * leaseMs);
  granting.handle({ kind: 'bound', sequence: 42 }, 1000);
  assert.deepEqual(outputs(granting).map(describe), ['contest', 'reclaim']);
  const contesting = (): Donor => {
    const role = frozen({ at: 0 });
    role.handle({ kind: 'channel-lost' }, 10);
    role.handle(claim, 20);
    assert.deepEqual(outputs(role).map(describe), ['contest'], 'the client’s answer is not there yet');
    return role;
  };
  const won = contesting();
  won.handle({ kind: 'bound', sequence: 42 }, 30);
  assert.deepEqual(outputs(won).map(describe), ['send cancel', 'reclaim']);
  const lost = contesting();
  lost.handle({ kind: 'superseded', reason: 'status 135' }, 30);
  assert.deepEqual(outputs(lost).map(describe), ['send grant']);
  lost.handle({ kind: 'done', handoff, sequence: 43 }, 40);
  assert.deepEqual(outputs(lost).map(describe), ['handed-off', 'send released']);
  const taking = frozen({ at: 0 });
  taking.handle({ kind: 'refuse', handoff, bound: true, reason: 'late' }, 10);
  taking.handle(claim, 20);
  assert.deepEqual(outputs(taking).map(describe), ['reclaim', 'send cancel']);
});

test('a donor whose acceptor knows nothing of its client leaves that to who serves it: the client has accepted a number beyond the common one', () => {
  const refuse = { kind: 'refuse', handoff, bound: true, reason: 'given up earlier' } as const;
  const asked = (accepted: number): string[] => {
    const role = frozen({ at: 0 });
    role.handle({ kind: 'channel-lost' }, 10);
    role.handle({ kind: 'superseded', reason: 'status 135', accepted }, 1000);
    outputs(role);
    role.handle(refuse, 1010);
    return outputs(role).map(describe);
  };
  assert.deepEqual(asked(43), ['lose']);
  assert.deepEqual(asked(42 + 8192), ['lose']);
  // One that is far beyond is of an older binding, which a new client remembers.
  assert.deepEqual(asked(42 + 8193), ['reclaim']);
  // The common one itself may be of this member, or of the acceptor, whose answers were lost.
  assert.deepEqual(asked(42), ['reclaim']);
});

test('a donor takes back a new client behind the number of an older binding that it remembers', () => {
  const role = frozen({ at: 0 });
  role.handle({ kind: 'channel-lost' }, 10);
  role.handle({ kind: 'superseded', reason: 'status 135', accepted: 30_000 }, 1000);
  outputs(role);
  role.handle({ kind: 'refuse', handoff, bound: false, reason: 'no room' }, 1010);
  assert.deepEqual(outputs(role), [{ kind: 'reclaim', sequence: 30_000 + 1024 }]);
});

test('a donor whose client’s backup may have the common number asks the client by its holder, unless its acceptor may have bound it', () => {
  const asked = (bound: boolean, isBackedUp: boolean): string[] => {
    const role = frozen({ at: 0 }, true, { mayBeTakenOver: () => isBackedUp });
    role.handle({ kind: 'channel-lost' }, 10);
    role.handle({ kind: 'superseded', reason: 'status 135', accepted: 42 }, 1000);
    outputs(role);
    role.handle({ kind: 'refuse', handoff, bound, reason: 'cancelled by the donor' }, 1010);
    return outputs(role).map(describe);
  };
  assert.deepEqual(asked(false, true), ['resume']);
  assert.deepEqual(asked(true, true), ['reclaim']);
  assert.deepEqual(asked(false, false), ['reclaim']);
});

/** An acceptor whose Binding Update is out, under the one number that its donor may use too. */
function insisting(): Acceptor<Uint8Array> {
  const role = new Acceptor<Uint8Array>({ handoff, timeoutMs: 1000, leaseMs, claims: true }, 0);
  role.handle(arriving, 1);
  role.handle({ kind: 'restored' }, 2);
  role.handle({ kind: 'routable' }, 3);
  assert.deepEqual(outputs(role).at(-1), { kind: 'bind', lastSequence: 41, insists: true });
  return role;
}

test('an acceptor that the client refuses asks its donor, and goes on under a greater number when that one has not been bound', () => {
  const role = insisting();
  role.handle({ kind: 'superseded', reason: 'status 135' }, 4);
  assert.deepEqual(outputs(role).map(describe), ['send claim']);
  role.handle({ kind: 'grant' }, 5);
  assert.deepEqual(outputs(role), [{ kind: 'bind-again', lastSequence: 41, inherits: false }]);
  role.handle({ kind: 'bound', sequence: 43 }, 6);
  assert.deepEqual(outputs(role).map(describe), ['activate', 'send done']);
  const again = insisting();
  again.handle({ kind: 'superseded', reason: 'status 135' }, 4);
  again.handle({ kind: 'grant' }, 5);
  again.handle({ kind: 'superseded', reason: 'status 135' }, 6);
  assert.deepEqual(outputs(again).map(describe).slice(-2), ['send refuse', 'abandon']);
});

test('a claim waits for the donor: it ends with its Cancel or the time, goes on without it, and is said again on a new connection', () => {
  for (const [end, last] of [
    [{ kind: 'cancel' }, true],
    [{ kind: 'channel-lost' }, false],
  ] as const) {
    const role = insisting();
    role.handle({ kind: 'superseded', reason: 'status 135' }, 4);
    outputs(role);
    role.handle(end, 5);
    const steps = outputs(role);
    assert.deepEqual(steps.map(describe), last ? ['send refuse', 'abandon'] : []);
    if (last) assert.ok(steps.some((output) => output.kind === 'abandon' && output.bound));
    else {
      role.handle({ kind: 'channel-restored' }, 6);
      assert.deepEqual(outputs(role).map(describe), ['send claim']);
    }
  }
  const cutOff = insisting();
  cutOff.handle({ kind: 'channel-lost' }, 4);
  cutOff.handle({ kind: 'unanswered', reason: 'no answer' }, 5);
  assert.deepEqual(outputs(cutOff), [{ kind: 'bind', lastSequence: 41, insists: true }]);
  cutOff.handle({ kind: 'peer-gone' }, 6);
  cutOff.handle({ kind: 'unanswered', reason: 'no answer' }, 7);
  const again = [{ kind: 'bind', lastSequence: 41, insists: true }];
  assert.deepEqual(outputs(cutOff), again, 'who is no more may have used its number before');
});

const gone = { kind: 'peer-gone' } as const;
/** The client's answer to a number that it has accepted before, or to a smaller one. */
const refused = (accepted: number) => ({ kind: 'superseded', reason: 'status 135', accepted }) as const;

test('an acceptor whose donor has died asks the client anew, and takes over above all numbers when its first one is the last that the client knows', () => {
  const asking = [{ kind: 'bind', lastSequence: 41, insists: true }];
  const taking = [{ kind: 'bind-again', lastSequence: 41, inherits: true }];
  // The answer may be older than the donor's end: what that one has done last it does not say.
  const before = insisting();
  before.handle(gone, 10);
  assert.deepEqual(outputs(before), []);
  before.handle(refused(42), 11);
  assert.deepEqual(outputs(before), asking);
  before.handle(refused(42), 12);
  assert.deepEqual(outputs(before), taking);
  before.handle({ kind: 'bound', sequence: 41 + 2048 }, 13);
  assert.deepEqual(outputs(before).map(describe), ['activate', 'settled']);
  const disputed = insisting();
  disputed.handle(refused(42), 10);
  disputed.handle(gone, 11);
  assert.deepEqual(outputs(disputed).slice(1), asking);
  disputed.handle(refused(42), 12);
  assert.deepEqual(outputs(disputed), taking);
  disputed.handle({ kind: 'unanswered', reason: 'no answer' }, 13);
  assert.deepEqual(outputs(disputed), taking, 'nobody else can serve it');
  // One whose donor is gone before it asks.
  const late = new Acceptor<Uint8Array>({ handoff, timeoutMs: 1000, leaseMs, claims: true }, 0);
  late.handle(arriving, 1);
  late.handle({ kind: 'restored' }, 2);
  late.handle(gone, 3);
  late.handle({ kind: 'routable' }, 4);
  assert.deepEqual(outputs(late).slice(2), asking);
  late.handle(refused(42), 5);
  assert.deepEqual(outputs(late), taking);
  late.handle(refused(9000), 6);
  assert.deepEqual(outputs(late).map(describe), ['send refuse', 'abandon'], 'somebody else has it');
});

test('it gives the client up when that knows a greater number: the donor has served it before it died', () => {
  for (const answer of [refused(41 + 1024), { kind: 'superseded', reason: 'another member' } as const]) {
    for (const first of [[gone], [refused(42), gone]]) {
      const role = insisting();
      for (const input of first) role.handle(input, 10);
      outputs(role);
      role.handle(answer, 11);
      assert.deepEqual(outputs(role).map(describe), ['send refuse', 'abandon']);
    }
  }
});

test('who is asked next in the client’s place is asked when the donor has granted that, or is no more', () => {
  const moved = { kind: 'moved' } as const;
  const role = insisting();
  role.handle(moved, 4);
  assert.deepEqual(outputs(role).map(describe), ['send claim']);
  role.handle({ kind: 'grant' }, 5);
  assert.deepEqual(outputs(role), [{ kind: 'bind-again', lastSequence: 41, inherits: false }]);
  role.handle(moved, 6);
  assert.deepEqual(outputs(role), [{ kind: 'bind-again', lastSequence: 41, inherits: false }]);
  const refusedIt = insisting();
  refusedIt.handle(moved, 4);
  refusedIt.handle({ kind: 'cancel' }, 5);
  assert.deepEqual(outputs(refusedIt).map(describe).slice(1), ['send refuse', 'abandon']);
  const alone = insisting();
  alone.handle({ kind: 'channel-lost' }, 4);
  alone.handle(moved, 5);
  assert.deepEqual(outputs(alone), [], 'a donor out of reach may have been answered');
  alone.handle(gone, 6);
  assert.deepEqual(outputs(alone), [{ kind: 'bind', lastSequence: 41, insists: true }]);
  const earlier = new Acceptor<Uint8Array>({ handoff, timeoutMs: 1000, leaseMs, claims: false }, 0);
  earlier.handle(arriving, 1);
  earlier.handle({ kind: 'restored' }, 2);
  earlier.handle({ kind: 'routable' }, 3);
  outputs(earlier);
  earlier.handle(moved, 4);
  assert.deepEqual(outputs(earlier).map(describe), ['bind-again'], 'as ever, where nobody can be asked');
});

test('without Prepare the acceptor runs return routability after Init, and binds when it and the socket are there', () => {
  const role = new Acceptor<Uint8Array>({ handoff, timeoutMs: 1000, leaseMs, claims: false }, 0);
  role.handle(arriving, 1);
  assert.deepEqual(outputs(role).map(describe), ['start-return-routability', 'restore-sockets']);
  role.handle({ kind: 'restored' }, 2);
  assert.deepEqual(outputs(role), []);
  role.handle({ kind: 'routable' }, 3);
  assert.deepEqual(outputs(role), [{ kind: 'bind', lastSequence: 41, insists: false }]);
  role.handle({ kind: 'bound', sequence: 42 }, 4);
  assert.deepEqual(outputs(role), [
    { kind: 'activate', applicationStates: [applicationState] },
    { kind: 'send', frame: { kind: 'done', handoff, sequence: 42 } },
  ]);
  assert.equal(role.state, 'active');
  role.handle({ kind: 'released' }, 5);
  assert.deepEqual(outputs(role), [{ kind: 'settled' }]);
});

test('with Prepare return routability runs first, and Init alone brings the Binding Update', () => {
  const role = new Acceptor<Uint8Array>({ handoff, timeoutMs: 1000, leaseMs, claims: false }, 0);
  role.handle({ kind: 'prepare', variant: handoffVariant('advance-rr') }, 1);
  assert.deepEqual(outputs(role).map(describe), ['start-return-routability']);
  role.handle({ kind: 'routable' }, 2);
  role.handle(arriving, 3);
  role.handle({ kind: 'restored' }, 4);
  assert.deepEqual(outputs(role).map(describe), ['restore-sockets', 'bind']);
});

test('the acceptor never activates after it has given up, and says why', () => {
  const role = new Acceptor<Uint8Array>({ handoff, timeoutMs: 1000, leaseMs, claims: false }, 0);
  role.handle(arriving, 1);
  role.handleTimeout(1000);
  const steps = outputs(role);
  assert.deepEqual(steps.map(describe).slice(-2), ['send refuse', 'abandon']);
  role.handle({ kind: 'restored' }, 1001);
  role.handle({ kind: 'routable' }, 1001);
  role.handle({ kind: 'bound', sequence: 42 }, 1002);
  assert.deepEqual(outputs(role), []);
});

test('a local failure is refused towards the donor', () => {
  const role = new Acceptor<Uint8Array>({ handoff, timeoutMs: 1000, leaseMs, claims: false }, 0);
  role.handle(arriving, 1);
  role.handle({ kind: 'not-restored', reason: 'no memory' }, 2);
  assert.deepEqual(outputs(role).slice(-2), [
    { kind: 'send', frame: { kind: 'refuse', handoff, bound: false, reason: 'no memory' } },
    { kind: 'abandon', reason: 'no memory', bound: false },
  ]);
});

function initiated(): Donor {
  const role = donor('drain');
  role.handle({ kind: 'last-send-returned', connection: 0 }, 0);
  role.handle({ kind: 'drained', connection: 0 }, 5);
  outputs(role);
  role.handle({ kind: 'extracted', connection: 0, state, sequence: 41 }, 10);
  assert.deepEqual(outputs(role), [{ kind: 'send', frame: init }]);
  return role;
}
