import type { ServerApplication } from '../../applications/server-application.ts';

export interface MemberOptions {
  /** file that the member's events are appended to, JSON lines */
  readonly events: string;
  /** its name in them; default: `member` */
  readonly name?: string;
  /** file for what must outlive the process: counters of ESP associations, a contact node's term; default: nothing is kept */
  readonly state?: string;
  /** aborted: the member is closed */
  readonly signal?: AbortSignal;
}

/** A member in this process; `await using` closes it. */
export interface RunningMember extends AsyncDisposable {
  /** Hands clients off and the contact address over, as far as its configuration has it, and takes back what it has made in the kernel. */
  close(): Promise<void>;
}

/**
 * Makes this process a member of an ad hoc distributed server, with an application of its own; resolves when the member serves. `config`: a member's
 * configuration (nodes/README.md) without `application`. A process is one member, once: the kernel's state is its namespace's. Needs
 * CAP_NET_ADMIN and CAP_NET_RAW. Throws TypeError for a configuration that is none, with its fields; the member's own errors.
 */
export type StartMember = (
  config: object,
  application: () => ServerApplication,
  options: MemberOptions,
) => Promise<RunningMember>;
