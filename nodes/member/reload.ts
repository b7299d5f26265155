import type { EventWriter } from '../support/event-log.ts';
import type { MemberConfig } from './member-fields.ts';
import { keyNames, keyRing, type WrittenKeys } from './written-keys.ts';

/** What takes keys while it runs. */
interface Rekeyed {
  renew(keys: NonNullable<ReturnType<typeof keyRing>>): void;
  /** Connections under keys that are no more are closed. */
  rekeyed(): void;
}

/** The fields that a member reads again on SIGHUP; others wait for its next start. */
const keyFields: readonly string[] = ['channelKey', 'trustKey'];

/** Takes the keys of a configuration that was read again: what else has changed in it is named, and not taken. Returns what is in force then. */
export function takeKeys(
  before: MemberConfig,
  after: MemberConfig,
  channels: { readonly members: Rekeyed; readonly publication: Rekeyed | undefined },
  log: EventWriter,
): MemberConfig {
  const ring = keyRing(after);
  if (ring === undefined || before.channelKey === undefined) {
    log.write('reload-refused', {
      reason: 'channelKey: a channel is not put in the clear, or out of it, while it stands',
    });
    return before;
  }
  const ignored = Object.keys({ ...before, ...after }).filter(
    (field) => !keyFields.includes(field) && plain(before, field) !== plain(after, field),
  );
  if (ignored.length > 0) log.write('reload-ignored', { fields: ignored.join(' ') });
  log.write('keys-taken', keyNames(ring));
  take(channels.members, after);
  if (after.publication !== undefined && channels.publication !== undefined)
    take(channels.publication, { channelKey: after.publication.channelKey });
  return inForce(before, after);
}

/** `before` with the keys of the configuration that was read: any other change in it was not taken, and is named again at the next reload. */
function inForce(
  { trustKey: _, ...before }: MemberConfig,
  { channelKey, trustKey, publication }: MemberConfig,
): MemberConfig {
  return {
    ...before,
    ...(channelKey === undefined ? {} : { channelKey }),
    ...(trustKey === undefined ? {} : { trustKey }),
    ...(before.publication === undefined || publication === undefined
      ? {}
      : { publication: { ...before.publication, channelKey: publication.channelKey } }),
  };
}

function take(channel: Rekeyed, keys: WrittenKeys): void {
  const ring = keyRing(keys);
  if (ring === undefined) return;
  channel.renew(ring);
  channel.rekeyed();
}

/** A field as text, the publication's without its key, which is taken. */
function plain(config: MemberConfig, field: string): string | undefined {
  const value = config[field as keyof MemberConfig];
  if (field !== 'publication' || config.publication === undefined) return JSON.stringify(value);
  return JSON.stringify({ ...config.publication, channelKey: undefined });
}
