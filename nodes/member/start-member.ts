import { embedApplication } from '../../applications/embedded-application.ts';
import type { ServerApplication } from '../../applications/server-application.ts';
import { problemsOf } from '../support/config-problems.ts';
import { embed, embedded } from './embedding.ts';
import { memberConfig } from './member-config.ts';
import type { MemberOptions, RunningMember } from './member-options.ts';

/** See `StartMember`. */
export default async function startMember(
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
