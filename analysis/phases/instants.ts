import type { instantTable } from '../../experiments/handoff-measures.ts';
import type { RepetitionTrace } from '../events/handoff-events.ts';
import type { Passage } from '../events/testbed.ts';
import { answeredBindings, type Handoff, latest } from './handoff.ts';

/** When something was seen at the router; undefined where the repetition has no such thing. */
type Instant = (handoff: Handoff, trace: RepetitionTrace) => Passage | undefined;

/**
 * The instants of a handoff's messages by measure, for the order of the time-sequence diagrams (paper §6.4, Fig. 11). What
 * a member sends is taken as it comes to the router, what it waits for as it leaves towards the member.
 */
export const instants: Readonly<Record<keyof typeof instantTable, Instant>> = {
  'at-prepare': ({ prepare }) => prepare?.arriving.first,
  'at-last-data': ({ fromDonor }) => latest(fromDonor.map((sender) => sender.lastDataIn)),
  'at-last-ack': (_handoff, { lastFromClientBeforeInit }) => lastFromClientBeforeInit?.out,
  'at-init': ({ init }) => init.arriving.first,
  'at-home-test-init': ({ testInits }) => firstOf(testInits, 'home-test-init'),
  'at-care-of-test-init': ({ testInits }) => firstOf(testInits, 'care-of-test-init'),
  'at-home-test': ({ homeTests }) => homeTests[0]?.left,
  'at-care-of-test': ({ careOfTests }) => careOfTests[0]?.left,
  'at-binding-update': (handoff) => answeredBindings(handoff)[0]?.update.arrived,
  'at-binding-acknowledgement': (handoff) => answeredBindings(handoff)[0]?.acknowledgement.left,
  'at-first-data': ({ fromAcceptor }) => fromAcceptor.firstDataIn,
};

function firstOf(testInits: Handoff['testInits'], kind: string): Passage | undefined {
  return testInits.find(({ message }) => message.kind === kind)?.arrived;
}
