import type { Ipv6Address } from '../../mip6/wire/address.ts';
import { BindingErrorStatus } from '../../mip6/wire/constants.ts';
import type { BindingUpdate } from '../../mip6/wire/messages.ts';
import { alternateOf, type SignallingMessage } from './signalling.ts';

/** What a path may do to the order of packets. */
interface Disorder {
  readonly lossy: boolean;
  readonly reordering: boolean;
  /** of the longest path between the client and a member, at most, ms */
  readonly roundTripMs: number;
}

interface Update {
  readonly message: BindingUpdate;
  readonly sighting: SignallingMessage;
}

const NS_PER_MS = 1e6;

/**
 * Whether a Binding Error that reports an unknown binding (RFC 6275 §9.3.1) is what the path brings about, with programs that do all as they
 * should. Where packets overtake each other, a segment may come behind the Binding Update that deletes its binding, or gives the client to
 * another care-of address. There and where packets are lost, it may come before the update that binds its care-of address.
 */
export function isOfThePath(
  error: SignallingMessage,
  signalling: readonly SignallingMessage[],
  { lossy, reordering, roundTripMs }: Disorder,
): boolean {
  const { message, source: client, to: careOf, arrived } = error;
  if (message.kind !== 'binding-error' || arrived === undefined) return false;
  if (message.status !== BindingErrorStatus.unknownBindingForHomeAddressOption) return false;
  const updates = signalling.flatMap((sighting) =>
    sighting.message.kind === 'binding-update' && sighting.destination === client
      ? [{ message: sighting.message, sighting }]
      : [],
  );
  const delivered = (update: Update, byNs: number): boolean =>
    (update.sighting.left?.timeNs ?? Number.POSITIVE_INFINITY) <= byNs;
  const bindsIt = (update: Update): boolean =>
    update.message.lifetimeSeconds > 0 && careOfAddress(update) === careOf;
  const before = updates.filter((update) => delivered(update, arrived.timeNs));
  const settledNs = arrived.timeNs - roundTripMs * NS_PER_MS;
  const latest = latestOf(before);
  // A sender that goes on for longer than packets are under way does not know that the client is another's.
  if (reordering && latest !== undefined && !bindsIt(latest) && !delivered(latest, settledNs))
    if (latest.message.lifetimeSeconds === 0 || before.some(bindsIt)) return true;
  const underWay = updates.some(
    (update) =>
      bindsIt(update) && (update.sighting.arrived?.timeNs ?? Number.POSITIVE_INFINITY) <= arrived.timeNs,
  );
  return (
    (lossy || reordering) && underWay && !before.some((one) => bindsIt(one) && delivered(one, settledNs))
  );
}

/** Of the client by this update: the sender's, or another that it names (RFC 6275 §6.2.5). */
function careOfAddress({ message, sighting }: Update): Ipv6Address {
  return alternateOf(message) ?? sighting.from;
}

function latestOf(updates: readonly Update[]): Update | undefined {
  return updates.reduce<Update | undefined>(
    (latest, one) =>
      latest === undefined || isNewer(one.message.sequence, latest.message.sequence) ? one : latest,
    undefined,
  );
}

/** Modulo 2¹⁶, RFC 6275 §9.5.1. */
function isNewer(sequence: number, than: number): boolean {
  return (sequence - than) << 16 > 0;
}
