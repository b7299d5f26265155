import type { startMember as start } from './start-member.ts';

/** `handoff-lab/server`: what a server application of one's own is written with; docs/server-library.md shows its use. */
export type { ApplicationHost, ServerApplication } from '../../applications/server-application.ts';
export type {
  ClientEvents,
  ClientListener,
  HandoffOptions,
  HandoffResult,
  ServerLibrary,
  StateListener,
} from '../../applications/server-library.ts';
export type { MemberOptions, RunningMember } from './start-member.ts';

/** See start-member.ts, which is loaded at the first call: applications that a member loads have nothing of a member in them. */
export const startMember: typeof start = async (...given) =>
  (await import('./start-member.ts')).startMember(...given);
