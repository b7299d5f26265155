import type { Ipv6Address } from '../../mip6/wire/address.ts';
import type { BindingAcknowledgement, BindingUpdate, MobilityMessage } from '../../mip6/wire/messages.ts';
import type { SenderTrace } from '../events/client-connection.ts';
import type { RepetitionTrace } from '../events/handoff-events.ts';
import type { MemberFrame } from '../events/member-channels.ts';
import { alternateOf, type SignallingMessage } from '../events/signalling.ts';
import type { Passage, Testbed } from '../events/testbed.ts';

/** A signalling message of a known kind. */
interface Sighting<Message extends MobilityMessage> extends SignallingMessage {
  readonly message: Message;
}

/** The packets of one handoff, found but not judged. */
export interface Handoff {
  readonly donor: Ipv6Address;
  readonly acceptor: Ipv6Address;
  readonly init: MemberFrame;
  readonly prepare: MemberFrame | undefined;
  /** coming from the acceptor: Home Test Init inside the tunnel to the contact node, Care-of Test Init direct */
  readonly testInits: readonly SignallingMessage[];
  /** leaving towards the acceptor */
  readonly homeTests: readonly SignallingMessage[];
  readonly careOfTests: readonly SignallingMessage[];
  /** coming from the acceptor with a lifetime: those that delete a binding are not among them */
  readonly bindingUpdates: readonly Sighting<BindingUpdate>[];
  /** leaving towards the acceptor */
  readonly acknowledgements: readonly Sighting<BindingAcknowledgement>[];
  /** the donor's, for the acceptor's address, and what leaves towards the donor in answer */
  readonly inBandUpdates: readonly Sighting<BindingUpdate>[];
  readonly inBandAcknowledgements: readonly Sighting<BindingAcknowledgement>[];
  /** what the acceptor sent to the client, itself or through a tunnel over the router */
  readonly fromAcceptor: SenderTrace;
  /** all other senders: the donor itself, and the donor through the home agent */
  readonly fromDonor: readonly SenderTrace[];
}

/** The handoff of the first Init; undefined when there is none. */
export function findHandoff(trace: RepetitionTrace, testbed: Testbed): Handoff | undefined {
  const init = trace.frames.find((frame) => frame.kind === 'init');
  if (init === undefined) return undefined;
  const { from: donor, to: acceptor } = init;
  const fromAcceptor = trace.signalling.filter(
    ({ from, arrived }) => from === acceptor && arrived !== undefined,
  );
  const toAcceptor = trace.signalling.filter(({ to, left }) => to === acceptor && left !== undefined);
  const { senders } = trace.connection;
  // The donor's binding to itself may be made meanwhile: its updates name no other address.
  const inBandUpdates = trace.signalling
    .filter(({ from, destination }) => from === donor && destination === testbed.client)
    .filter((sighting) => isBindingUpdate(sighting))
    .filter(({ message }) => message.lifetimeSeconds > 0 && alternateOf(message) === acceptor);
  const inBandNumbers = new Set(inBandUpdates.map(({ message }) => message.sequence));
  return {
    donor,
    acceptor,
    init,
    prepare: prepareOf(trace, donor, acceptor),
    testInits: fromAcceptor.filter(
      ({ message: { kind } }) => kind === 'home-test-init' || kind === 'care-of-test-init',
    ),
    homeTests: toAcceptor.filter(({ message }) => message.kind === 'home-test'),
    careOfTests: toAcceptor.filter(({ message }) => message.kind === 'care-of-test'),
    bindingUpdates: fromAcceptor
      .filter((sighting) => sighting.destination === testbed.client)
      .filter((sighting) => isBindingUpdate(sighting))
      .filter(({ message }) => message.lifetimeSeconds > 0),
    acknowledgements: toAcceptor
      .filter((sighting) => sighting.source === testbed.client)
      .filter((sighting) => isAcknowledgement(sighting)),
    inBandUpdates,
    inBandAcknowledgements: trace.signalling
      .filter(({ to, source, left }) => to === donor && source === testbed.client && left !== undefined)
      .filter((sighting) => isAcknowledgement(sighting))
      .filter(({ message }) => inBandNumbers.has(message.sequence)),
    fromAcceptor: senders.get(acceptor) ?? {},
    fromDonor: [...senders].filter(([source]) => source !== acceptor).map(([, sender]) => sender),
  };
}

function prepareOf({ frames }: RepetitionTrace, donor: Ipv6Address, acceptor: Ipv6Address) {
  return frames.find(({ kind, from, to }) => kind === 'prepare' && from === donor && to === acceptor);
}

/** A Binding Update and the acknowledgement that answers it, by their sequence numbers. */
interface Binding {
  readonly update: Sighting<BindingUpdate>;
  readonly acknowledgement: Sighting<BindingAcknowledgement>;
}

/** The acceptor's Binding Updates that were answered, each with its first answer, in the order of the answers. */
export function answeredBindings({ bindingUpdates, acknowledgements }: Handoff): readonly Binding[] {
  const bindings: Binding[] = [];
  for (const acknowledgement of acknowledgements) {
    const { sequence } = acknowledgement.message;
    const update = bindingUpdates.find(({ message }) => message.sequence === sequence);
    if (update === undefined || bindings.some((binding) => binding.update === update)) continue;
    bindings.push({ update, acknowledgement });
  }
  return bindings;
}

/** Those of the answered that the client accepted: status below 128 (RFC 6275 §6.1.8). */
export function acceptedBindings(handoff: Handoff): readonly Binding[] {
  return answeredBindings(handoff).filter(({ acknowledgement }) => acknowledgement.message.status < 128);
}

/** The latest of the passages that exist. */
export function latest(passages: readonly (Passage | undefined)[]): Passage | undefined {
  let last: Passage | undefined;
  for (const passage of passages) {
    if (passage !== undefined && (last === undefined || passage.timeNs > last.timeNs)) last = passage;
  }
  return last;
}

function isBindingUpdate(sighting: SignallingMessage): sighting is Sighting<BindingUpdate> {
  return sighting.message.kind === 'binding-update';
}

function isAcknowledgement(sighting: SignallingMessage): sighting is Sighting<BindingAcknowledgement> {
  return sighting.message.kind === 'binding-acknowledgement';
}
