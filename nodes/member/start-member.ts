import { embedApplication } from '../../applications/embedded-application.ts';
import type { ServerApplication } from '../../applications/server-application.ts';
import { problemsOf } from '../support/config-problems.ts';
import { embed, embedded } from './embedding.ts';
import { memberConfig } from './member-config.ts';

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
export async function startMember(
  config: object,
  application: () => ServerApplication,
  { events, name = 'member', state, signal }: MemberOptions,
): Promise<RunningMember> {
  if (embedded() !== undefined)
    throw new TypeError('this process is a member, or was one: start another process');
  const whole = { ...config, application: { kind: 'embedded' } };
  const checked = memberConfig.safeParse(whole);
  if (!checked.success) {
    const problems = problemsOf(whole, checked.error.issues).map((problem) => `  ${problem}`);
    throw new TypeError(`config is no configuration of a member:\n${problems.join('\n')}`);
  }
  signal?.throwIfAborted();
  embedApplication(application);
  const embedding = embed({ config: checked.data, events, name, state });
  const close = (): Promise<void> => embedding.close();
  signal?.addEventListener('abort', () => void close(), { once: true });
  try {
    await import('./member-daemon.ts');
    await embedding.serving;
  } catch (error) {
    await close();
    throw error;
  }
  return { close, [Symbol.asyncDispose]: close };
}
