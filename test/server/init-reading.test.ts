import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ipv6 } from '../../mip6/wire/address.ts';
import { MAX_UPDATE_RATE } from '../../mip6/wire/constants.ts';
import type { ConnectionEnds } from '../../server/admission/connection-ends.ts';
import { MOST_OF_PEER } from '../../server/admission/handoff-admission.ts';
import { deflated } from '../../server/handoff/deflated-state.ts';
import { HandoffEndpoint } from '../../server/handoff/endpoint.ts';
import type { HandoffFrame } from '../../server/handoff/frames.ts';
import { encodeAxes, handoffVariant } from '../../server/variants/variants.ts';
import { contactAddress, endpointPlan, servicePort } from '../support/endpoint-plan.ts';

const peer = ipv6('2001:db8:2::2');
const clientOf = (number: number) => ipv6(`2001:db8:c::${number.toString(16)}`);
const variant = encodeAxes(handoffVariant('drain+advance-rr'));
/** More than its frame has: what a member pays for reading an Init. */
const large = deflated(new Uint8Array(100_000));

/** An acceptor, and what it has read of Inits so far, in octets as they were before they were deflated. */
function acceptor() {
  let read = 0;
  const role = new HandoffEndpoint<ConnectionEnds>({
    ...endpointPlan,
    decode: ({ tcpState }, client) => {
      read += tcpState.length;
      return {
        local: { address: contactAddress, port: servicePort },
        remote: { address: client, port: 4000 },
      };
    },
    lastSequence: () => undefined,
  });
  const hears = (frame: HandoffFrame, now = 0): number => {
    const before = read;
    role.handle({ kind: 'frame', from: peer, frame }, now);
    return (read - before) / 100_000;
  };
  return { role, hears };
}

const init = (handoff: number, client = clientOf(2)): HandoffFrame => ({
  ...{ kind: 'init', handoff, client, contactAddress, variant, sequence: 41 },
  ...{ tcpState: large, applicationState: new Uint8Array(0) },
});

test('of a member that sends Inits without end as many are read as may begin, whatever the clients, and no other', () => {
  const ofOneClient = acceptor();
  const many = Array.from({ length: 100 }, (_, handoff) => ofOneClient.hears(init(handoff)));
  assert.deepEqual(many, [...Array(MAX_UPDATE_RATE).fill(1), ...Array(100 - MAX_UPDATE_RATE).fill(0)]);
  assert.equal(ofOneClient.role.notAdmitted, 100 - MAX_UPDATE_RATE);
  const ofMany = acceptor();
  const read = Array.from({ length: 2 * MOST_OF_PEER }, (_, n) => ofMany.hears(init(n, clientOf(n + 2))));
  assert.equal(
    read.reduce((sum, one) => sum + one, 0),
    MOST_OF_PEER,
  );
});

test('an Init that comes again, that comes too late, or to a member that takes nobody is not read', () => {
  const { role, hears } = acceptor();
  assert.equal(hears(init(1)), 1);
  assert.deepEqual([hears(init(1), 10_000), hears(init(1), 20_000)], [0, 0]);
  hears({ kind: 'prepare', handoff: 2, client: clientOf(3), contactAddress, variant });
  const unanswered = { client: clientOf(3), kind: 'unanswered', reason: 'silence' } as const;
  role.handle({ kind: 'answer', answer: unanswered }, 25_000);
  assert.equal(hears(init(2, clientOf(3)), 30_000), 0, 'it was given up');
  hears({ kind: 'prepare', handoff: 3, client: clientOf(4), contactAddress, variant });
  role.handle({ kind: 'refuse', reason: 'it leaves' }, 30_000);
  assert.deepEqual([hears(init(3, clientOf(4)), 40_000), hears(init(4, clientOf(5)), 40_000)], [0, 0]);
});

test('an Init that cannot be read costs its member as much of its rate as one that can', () => {
  const { role, hears } = acceptor();
  const garbled = { ...init(1), tcpState: Uint8Array.of(255, 0, 1, 0, 0, 7) } as HandoffFrame;
  for (let handoff = 1; handoff <= MAX_UPDATE_RATE; handoff++) hears({ ...garbled, handoff } as HandoffFrame);
  assert.equal(hears(init(9)), 0);
  assert.equal(role.notAdmitted, MAX_UPDATE_RATE + 1);
  assert.equal(hears(init(10), 1000), 1);
});
