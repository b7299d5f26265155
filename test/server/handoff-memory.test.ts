import assert from 'node:assert/strict';
import { test } from 'node:test';
import v8 from 'node:v8';
import { type Ipv6Address, ipv6 } from '../../mip6/wire/address.ts';
import type { ConnectionEnds } from '../../server/admission/connection-ends.ts';
import { Acceptor } from '../../server/handoff/acceptor.ts';
import { Donor } from '../../server/handoff/donor.ts';
import { HandoffEndpoint } from '../../server/handoff/endpoint.ts';
import type { EndpointInput, EndpointOutput } from '../../server/handoff/endpoint-types.ts';
import type { HandoffFrame } from '../../server/handoff/frames.ts';
import { encodeAxes, handoffVariant } from '../../server/variants/variants.ts';
import { contactAddress, endpointPlan, servicePort } from '../support/endpoint-plan.ts';

const [one, two] = ['2001:db8:2::2', '2001:db8:3::2'].map(ipv6) as [Ipv6Address, Ipv6Address];
const variant = handoffVariant('drain+advance-rr');
const HANDOFFS = 3000;

/** A member that a client comes to from one member and leaves for another one, again and again. */
function member() {
  const role = new HandoffEndpoint<ConnectionEnds>({
    ...endpointPlan,
    decode: (_, client) => ({
      local: { address: contactAddress, port: servicePort },
      remote: { address: client, port: 4000 },
    }),
    lastSequence: () => 42,
  });
  const tell = (input: EndpointInput, now: number): readonly EndpointOutput<ConnectionEnds>[] => {
    role.handle(input, now);
    const said: EndpointOutput<ConnectionEnds>[] = [];
    for (let output = role.poll(); output !== undefined; output = role.poll()) said.push(output);
    return said;
  };
  return { role, tell };
}

/** How many of them are alive; what nobody refers to is collected first. */
const living = (kind: abstract new (...parameters: never[]) => unknown): number =>
  v8.queryObjects(kind, { format: 'count' });

const clientOf = (index: number): Ipv6Address => ipv6(`2001:db8:c:${(index % 1000).toString(16)}::2`);
const empty = new Uint8Array(0);

function initFrom(handoff: number, client: Ipv6Address): HandoffFrame {
  const state = { sequence: 41, tcpState: Uint8Array.of(1), applicationState: empty };
  return { kind: 'init', handoff, client, contactAddress, variant: encodeAxes(variant), ...state };
}

test('of handoffs that are over nothing is kept but their numbers: of those that clients came by and went on, and of those that were given up', () => {
  const before = { acceptors: living(Acceptor), donors: living(Donor) };
  const { role, tell } = member();
  for (let handoff = 1; handoff <= HANDOFFS; handoff++) {
    const client = clientOf(handoff);
    const now = handoff * 1000;
    // It comes from one member …
    const arriving = tell({ kind: 'frame', from: one, frame: initFrom(handoff, client) }, now);
    const arrival = arriving.find((output) => output.kind === 'of-arrival')?.arrival ?? assert.fail();
    tell({ kind: 'of-arrival', arrival, input: { kind: 'restored' } }, now);
    tell({ kind: 'answer', answer: { kind: 'routable', client } }, now);
    tell({ kind: 'answer', answer: { kind: 'bound', client, sequence: 42 } }, now);
    tell({ kind: 'frame', from: one, frame: { kind: 'released', handoff } }, now);
    // … and goes on to another.
    tell({ kind: 'donate', client, acceptor: two, connections: [0], variant, waitMs: 0 }, now);
    const of = (input: Extract<EndpointInput, { kind: 'of-donation' }>['input']) =>
      tell({ kind: 'of-donation', client, input }, now);
    of({ kind: 'last-send-returned', connection: 0 });
    of({ kind: 'drained', connection: 0 });
    const state = { tcpState: Uint8Array.of(1), applicationState: empty };
    const sent = of({ kind: 'extracted', connection: 0, state, sequence: 42 });
    const number = sent.flatMap((said) =>
      said.kind === 'send' && said.frame.kind === 'init' ? said.frame.handoff : [],
    )[0];
    tell(
      { kind: 'frame', from: two, frame: { kind: 'done', handoff: number ?? assert.fail(), sequence: 43 } },
      now,
    );
    // Somebody announces a client, and gives it up.
    const announced = HANDOFFS + handoff;
    const prepare = {
      kind: 'prepare',
      handoff: announced,
      client,
      contactAddress,
      variant: encodeAxes(variant),
    } as const;
    tell({ kind: 'frame', from: two, frame: prepare }, now);
    tell({ kind: 'frame', from: two, frame: { kind: 'cancel', handoff: announced } }, now);
  }
  assert.equal(role.notAdmitted, 0);
  assert.equal(role.deadline(), undefined, 'nothing waits for anything');
  assert.equal(living(Acceptor), before.acceptors);
  assert.equal(living(Donor), before.donors);
  assert.deepEqual(role.accepting, []);
});
