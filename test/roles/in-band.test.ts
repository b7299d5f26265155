import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MAX_TOKEN_LIFETIME } from '../../mip6/wire/constants.ts';
import { emitMobilityHeader, parseMobilityHeader } from '../../mip6/wire/mobility-header.ts';
import { CARE_OF_1, CARE_OF_2, CORRESPONDENT, HOME_ADDRESS } from '../support/mip6-addresses.ts';
import { type Mip6Lab, mip6Lab } from '../support/mip6-lab.ts';

const START = { kind: 'start-return-routability', correspondent: CORRESPONDENT } as const;
const BIND = { kind: 'bind', correspondent: CORRESPONDENT, lifetimeSeconds: 420, acknowledge: true } as const;

const boundTo = ({ correspondentRole }: Mip6Lab) =>
  correspondentRole
    .bindings()
    .flatMap((entry) => (entry.state === 'bound' ? [[entry.careOfAddress, entry.sequence]] : []));
const phases = ({ mobile }: Mip6Lab) =>
  mobile.outputs.flatMap(({ output }) =>
    output.kind === 'binding' ? [`${output.phase} ${output.careOfAddress}`] : [],
  );
const updates = ({ mobile }: Mip6Lab) =>
  mobile.outputs.flatMap(({ output }) => {
    if (output.kind !== 'transmit') return [];
    const message = parseMobilityHeader(output.bytes).message;
    return message.kind === 'binding-update' ? [{ ...output, message }] : [];
  });

/** A node bound at CARE_OF_1 under number 1000 that holds what the correspondent gave to CARE_OF_2. */
function donor(lab = mip6Lab()) {
  lab.tell({ ...START, careOfAddress: CARE_OF_2 });
  lab.network.advance(1000);
  const { token, nonceIndex } = lab.mobileRole.careOfToken(CORRESPONDENT, lab.network.now)!;
  lab.tell({ ...START, careOfAddress: CARE_OF_1 });
  lab.tell({ ...BIND, numbering: { kind: 'own', first: 1000 } });
  lab.network.advance(1000);
  const bindFor = {
    kind: 'bind-for',
    correspondent: CORRESPONDENT,
    careOfAddress: CARE_OF_2,
    careOfKeygenToken: token,
    careOfNonceIndex: nonceIndex,
    lifetimeSeconds: 420,
  } as const;
  return { lab, bindFor };
}

test('a node binds its correspondent to another care-of address that has been tested, from its own', () => {
  const { lab, bindFor } = donor();
  assert.deepEqual(boundTo(lab), [[CARE_OF_1, 1000]]);
  lab.tell({ ...bindFor, copies: 2 });
  lab.network.advance(100);
  assert.deepEqual(boundTo(lab), [[CARE_OF_2, 1002]]);
  const sent = updates(lab).slice(-2);
  for (const [place, { careOfAddress, homeAddressOption, via, message }] of sent.entries()) {
    assert.deepEqual([careOfAddress, homeAddressOption, via], [CARE_OF_1, true, 'direct']);
    assert.equal(message.kind === 'binding-update' && message.sequence, 1001 + place);
    const [alternate] = message.kind === 'binding-update' ? message.options : [];
    assert.deepEqual(alternate, { kind: 'alternate-care-of-address', address: CARE_OF_2 });
  }
  assert.equal(lab.mobileRole.exportBinding(CORRESPONDENT)?.sequence, 1002);
  assert.equal(phases(lab).at(-1), `pending ${CARE_OF_1}`, 'data would be dropped by the correspondent');
});

test('one copy is enough, and a number is used for each', () => {
  const { lab, bindFor } = donor();
  lab.network.path = { delayMs: 20, loss: 1 };
  lab.tell({ ...bindFor, copies: 1 });
  lab.network.path = { delayMs: 20 };
  lab.tell({ ...bindFor, copies: 1 });
  lab.network.advance(100);
  assert.deepEqual(boundTo(lab), [[CARE_OF_2, 1002]]);
});

test('without a home keygen token nothing is sent; one that is asked for in time is there', () => {
  const { lab, bindFor } = donor();
  const fresh = lab.mobileRole.holdsHomeToken(CORRESPONDENT, lab.network.now);
  assert.equal(fresh, true);
  lab.network.advance(MAX_TOKEN_LIFETIME * 1000);
  assert.equal(lab.mobileRole.holdsHomeToken(CORRESPONDENT, lab.network.now), false);
  const before = updates(lab).length;
  lab.tell({ ...bindFor, copies: 2 });
  assert.equal(updates(lab).length, before);
  lab.tell({ kind: 'test-home', correspondent: CORRESPONDENT });
  lab.network.advance(100);
  assert.equal(lab.mobileRole.holdsHomeToken(CORRESPONDENT, lab.network.now), true);
  assert.equal(lab.mobileRole.careOfToken(CORRESPONDENT, lab.network.now), undefined);
});

test('a home token that is good for a while is not asked for again', () => {
  const { lab } = donor();
  const asked = () => lab.mobile.outputs.filter(({ output }) => output.kind === 'transmit').length;
  const before = asked();
  lab.tell({ kind: 'test-home', correspondent: CORRESPONDENT });
  assert.equal(asked(), before);
  lab.network.advance((MAX_TOKEN_LIFETIME * 1000) / 2);
  const all = lab.mobile.outputs.length;
  lab.tell({ kind: 'test-home', correspondent: CORRESPONDENT });
  assert.equal(asked(), before + 1);
  assert.equal(lab.mobile.outputs.length, all + 1, 'the way of the data stays as it is');
});

/** As an acceptor: the donor's part is over, this node has its own tokens. */
function acceptor({ bound = true } = {}) {
  const { lab, bindFor } = donor();
  if (bound) lab.tell({ ...bindFor, copies: 1 });
  lab.network.advance(100);
  lab.tell({ kind: 'forget', correspondent: CORRESPONDENT });
  lab.tell({ ...START, careOfAddress: CARE_OF_2 });
  lab.network.advance(1000);
  const adopt = { kind: 'adopt', correspondent: CORRESPONDENT, careOfAddress: CARE_OF_2 } as const;
  lab.tell({ ...adopt, lifetimeSeconds: 420, sequence: 1001 });
  return lab;
}

test('a binding that another node has made is in force at once, and asked after a round trip later', () => {
  const lab = acceptor();
  assert.equal(phases(lab).at(-1), `active ${CARE_OF_2}`);
  const before = updates(lab).length;
  lab.network.advance(49);
  assert.equal(updates(lab).length, before, 'its round trip is 40 ms, and 10 more are waited for');
  lab.network.advance(1);
  assert.equal(updates(lab).length, before + 1);
  lab.network.advance(100);
  assert.deepEqual(boundTo(lab), [[CARE_OF_2, 1002]]);
  assert.deepEqual(lab.events('binding-acknowledged').at(-1)?.careOfAddress, CARE_OF_2);
});

test('one that has not been made after all is made at once when the correspondent says so, with the tokens in hand', () => {
  const lab = acceptor({ bound: false });
  const tests = () =>
    lab.mobile.outputs.filter(({ output }) => output.kind === 'transmit' && output.via === 'home-tunnel')
      .length;
  const before = [updates(lab).length, tests()];
  const ends = { source: CORRESPONDENT, destination: CARE_OF_2 };
  const error = { kind: 'binding-error', status: 1, homeAddress: HOME_ADDRESS, options: [] } as const;
  lab.tell({ kind: 'datagram', datagram: { ...ends, bytes: emitMobilityHeader(error, ends) } });
  assert.deepEqual([updates(lab).length, tests()], [before[0]! + 1, before[1]!]);
  lab.network.advance(100);
  assert.deepEqual(boundTo(lab), [[CARE_OF_2, 1002]]);
  assert.deepEqual(lab.events('binding-error'), []);
});

test('copies of an update go out together, each by its numbering, and once', () => {
  for (const [numbering, numbers] of [
    [{ kind: 'fixed', number: 1001 }, [1001, 1001]],
    [{ kind: 'contested', first: 1001 }, [1001, 1002]],
  ] as const) {
    const { lab } = donor();
    lab.network.path = { delayMs: 20, loss: 1 };
    lab.tell({ ...BIND, numbering, copies: 2, activate: 'on-update' });
    const sent = updates(lab).slice(-2);
    assert.deepEqual(
      sent.map(({ message }) => message.kind === 'binding-update' && message.sequence),
      numbers,
    );
    const before = updates(lab).length;
    lab.network.advance(1000);
    assert.equal(updates(lab).length, before + 1, 'a retransmission is one');
  }
});

/** As an acceptor whose two copies of one number have gone out, with data behind them; the answer to the first that arrives is lost. */
function firstAnswerLost(until: (lab: Mip6Lab) => boolean = () => false) {
  const { lab } = donor();
  lab.tell({ kind: 'forget', correspondent: CORRESPONDENT });
  lab.tell({ ...START, careOfAddress: CARE_OF_2 });
  lab.network.advance(1000);
  const answers = () => lab.network.sent.filter(({ transmission }) => transmission.source === CORRESPONDENT);
  const before = answers().length;
  lab.tell({ ...BIND, numbering: { kind: 'fixed', number: 1001 }, copies: 2, activate: 'on-update' });
  lab.network.path = { delayMs: 20, loss: 1 };
  lab.network.run(() => answers().length > before, 100);
  lab.network.path = { delayMs: 20 };
  lab.network.run(() => until(lab), 100);
  return lab;
}

function complain(lab: Mip6Lab) {
  const ends = { source: CORRESPONDENT, destination: CARE_OF_2 };
  const error = { kind: 'binding-error', status: 1, homeAddress: HOME_ADDRESS, options: [] } as const;
  lab.tell({ kind: 'datagram', datagram: { ...ends, bytes: emitMobilityHeader(error, ends) } });
}

test('status 135 for a copy whose other one may have been accepted ends the request, and takes nothing from the data', () => {
  const lab = firstAnswerLost();
  assert.deepEqual(
    lab.events('binding-rejected').map(({ status, sequence, retrying }) => [status, sequence, retrying]),
    [[135, 1001, false]],
  );
  assert.equal(phases(lab).at(-1), `active ${CARE_OF_2}`);
  // As the handoff goes on when the donor has granted the number.
  const before = phases(lab).length;
  lab.tell({ ...BIND, numbering: { kind: 'yielding' } });
  lab.network.advance(100);
  assert.deepEqual(boundTo(lab), [[CARE_OF_2, 1002]]);
  assert.equal(phases(lab).length, before, 'the way of the data has not changed');
});

test('a client in doubt that says it has no such binding gets no Binding Update for that, and no data on that way', () => {
  const lab = firstAnswerLost();
  const before = updates(lab).length;
  complain(lab);
  assert.equal(updates(lab).length, before);
  assert.deepEqual(lab.events('binding-error'), []);
  assert.notEqual(phases(lab).at(-1), `active ${CARE_OF_2}`);
});

test('a complaint right behind status 135 for a copy is about data that overtook the update, and ends no way of the data', () => {
  const lab = firstAnswerLost((one) => one.events('binding-rejected').length > 0);
  complain(lab);
  assert.equal(phases(lab).at(-1), `active ${CARE_OF_2}`);
  // A round trip later there is no such data any more.
  lab.network.advance(60);
  complain(lab);
  assert.notEqual(phases(lab).at(-1), `active ${CARE_OF_2}`);
});

test('status 135 for a number that was sent once is another node’s, and ends the way of the data with it', () => {
  const { lab } = donor();
  lab.tell({ kind: 'forget', correspondent: CORRESPONDENT });
  lab.tell({ ...START, careOfAddress: CARE_OF_2 });
  lab.network.advance(1000);
  lab.tell({ ...BIND, numbering: { kind: 'fixed', number: 1000 }, activate: 'on-update' });
  lab.network.advance(100);
  assert.equal(phases(lab).at(-1), `none ${CARE_OF_2}`);
});

test('what a suspended node sends goes through the home agent if that is wanted, and by the binding again when it goes on', () => {
  const { lab } = donor();
  lab.tell({ kind: 'suspend', correspondent: CORRESPONDENT });
  assert.equal(phases(lab).at(-1), `active ${CARE_OF_1}`);
  lab.tell({ kind: 'suspend', correspondent: CORRESPONDENT, optimises: false });
  assert.equal(phases(lab).at(-1), `pending ${CARE_OF_1}`);
  lab.tell({ kind: 'resume', correspondent: CORRESPONDENT });
  assert.equal(phases(lab).at(-1), `active ${CARE_OF_1}`);
});

test('a home keygen token that another node has got leaves the care-of test alone to be done; one that is too old leaves both', () => {
  for (const [olderMs, tests] of [
    [0, ['care-of-test-init']],
    [MAX_TOKEN_LIFETIME * 1000, ['home-test-init', 'care-of-test-init']],
  ] as const) {
    const { lab } = donor();
    const { ageMs, ...token } = lab.mobileRole.homeToken(CORRESPONDENT, lab.network.now)!;
    lab.tell({ kind: 'forget', correspondent: CORRESPONDENT });
    const before = lab.mobile.outputs.length;
    lab.tell({ ...START, careOfAddress: CARE_OF_2, bound: true, home: { ...token, ageMs: ageMs + olderMs } });
    lab.tell({ ...BIND, numbering: { kind: 'own', first: 1001 } });
    lab.network.advance(1000);
    const sent = lab.mobile.outputs.slice(before).flatMap(({ output }) => {
      if (output.kind !== 'transmit') return [];
      const { kind } = parseMobilityHeader(output.bytes).message;
      return kind === 'binding-update' ? [] : [kind];
    });
    assert.deepEqual(sent, tests);
    assert.deepEqual(boundTo(lab), [[CARE_OF_2, 1001]]);
  }
});

test('who would bind a correspondent that nothing was ever asked of is told that it cannot', () => {
  const lab = mip6Lab();
  lab.tell({ ...BIND, numbering: { kind: 'own', first: 1000 } });
  lab.network.advance(100);
  const events = lab.mobile.outputs.flatMap(({ output }) =>
    output.kind === 'event' ? [output.event.kind] : [],
  );
  assert.deepEqual([events, boundTo(lab)], [['gave-up'], []]);
});

test('the test that was answered soonest is known, whatever came behind it', () => {
  const lab = mip6Lab();
  assert.equal(lab.mobileRole.leastRoundTripMs(CORRESPONDENT), undefined);
  lab.tell({ ...START, careOfAddress: CARE_OF_1 });
  lab.network.advance(1000);
  const { roundTripMs } = lab.mobileRole.careOfToken(CORRESPONDENT, lab.network.now)!;
  const least = lab.mobileRole.leastRoundTripMs(CORRESPONDENT)!;
  assert.ok(least > 0 && least <= roundTripMs, `${least} of ${roundTripMs}`);
  lab.tell({ ...START, careOfAddress: CARE_OF_2 });
  assert.equal(lab.mobileRole.leastRoundTripMs(CORRESPONDENT), least, 'the other has no answer yet');
});
