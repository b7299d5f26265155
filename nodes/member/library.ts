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
export { type MemberOptions, type RunningMember, startMember } from './start-member.ts';
