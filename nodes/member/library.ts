import type { StartMember } from './member-options.ts';

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
export type { MemberOptions, RunningMember } from './member-options.ts';

/** The whole of a member is loaded at the first call, by a name that no bundler follows: an application that a member loads has nothing of it. */
export const startMember: StartMember = async (...given) => {
  const suffix = import.meta.filename.endsWith('.ts') ? '.ts' : '.js';
  const loaded = (await import(new URL(`./start-member${suffix}`, import.meta.url).href)) as {
    readonly default: StartMember;
  };
  return loaded.default(...given);
};
