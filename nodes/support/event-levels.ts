/** How much it matters that an event is read, the weightiest first; a log has those of its level and above. */
export const levels = ['error', 'warning', 'info', 'debug'] as const;
export type Level = (typeof levels)[number];

/** The program, or a part of it, does not do what it is for, and somebody has to see to it. */
const errors = [
  'application-error',
  'application-stopped',
  'cleanup-failed',
  'contact-exhausted',
  'crashed',
  'home-registration-expired',
  'leaving-failed',
  'log-not-reopened',
  'nsd-not-started',
];

/** Something was lost, turned away or put off; it may pass by itself. */
const warnings = [
  'acceptor-policy-failed',
  'address-refused',
  'channel-fault',
  'channel-key-removed',
  'channel-refused',
  'client-elsewhere',
  'client-lost',
  'client-not-received',
  'connection-lost',
  'forwarding-lost',
  'forwarding-refused',
  'frame-not-understood',
  'frame-unknown',
  'frame-untrusted',
  'further-ones-only-counted',
  'handoff-abandoned',
  'handoff-failed',
  'handoff-not-started',
  'home-registration-rejected',
  'members-refused',
  'nsd-ended',
  'plain-client-refused',
  'registration-rejected',
  'reload-ignored',
  'reload-refused',
  'send-failed',
  'socket-option-not-set',
  'stale-state-removed',
  'zone-not-loaded',
  'zone-refused',
];

/** Of each message, or of each step of one client: what is read to find a fault. */
const details = [
  'acceptor-chosen',
  'binding-accepted',
  'binding-acknowledged',
  'binding-deleted',
  'binding-error',
  'binding-expired',
  'binding-rejected',
  'binding-update-sent',
  'client-connected',
  'connection-forwarded',
  'contact-entry-discarded',
  'discarded',
  'forwarding-removed',
  'gave-up',
  'handoff-discarded',
  'home-test-for-nobody',
  'home-test-relayed',
  'mobility-unsupported',
  'parameter-problem',
  'plain-client-found',
  'refresh-requested',
  'return-routability-complete',
  'return-routability-started',
  'socket-activated',
  'socket-extracted',
  'socket-restored',
  'unknown-home-address-option',
  'unmatched-home-test',
];

/** Events that have a level of their own. */
export const namedEvents: ReadonlyMap<string, Level> = new Map([
  ...errors.map((event) => [event, 'error'] as const),
  ...warnings.map((event) => [event, 'warning'] as const),
  ...details.map((event) => [event, 'debug'] as const),
]);

/** Events of the channel's frames, and of peers, whose names are made up of two words. */
const patterns: readonly (readonly [RegExp, Level])[] = [
  [/^peer-(?:lost|gone)$|^name-server-(?:lost|gone)$/, 'warning'],
  [/-received$|-sent$/, 'debug'],
];

/** What is in no list is `info`: what changes for the program as a whole, and how each handoff ended. */
export function levelOf(event: string): Level {
  return namedEvents.get(event) ?? patterns.find(([names]) => names.test(event))?.[1] ?? 'info';
}

export function isLevel(word: string): word is Level {
  return (levels as readonly string[]).includes(word);
}

/** Whether a log of level `wanted` has this event. */
export function isWanted(event: string, wanted: Level): boolean {
  return levels.indexOf(levelOf(event)) <= levels.indexOf(wanted);
}

/** As syslog(3) counts them; the service manager's journal reads them in front of a line (sd-daemon(3)). */
export const syslogPriorities: Readonly<Record<Level, number>> = { error: 3, warning: 4, info: 6, debug: 7 };
