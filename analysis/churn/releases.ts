import type { Crash, Told } from './told.ts';

const MS = 1_000_000n;
/** A member that is back before this may be back before its clients are released. */
const SOON_BACK = 10_000n * MS;

/**
 * How long clients stayed bound to a member that had crashed, s, for each crash of a repetition: until the contact node deleted the binding, the
 * member was started again, or the log ended. A client gives no value where an acceptor bound it, or where the contact node changed meanwhile. `nameOf`: member by
 * care-of address.
 */
export function releaseTimes(
  told: Told,
  nameOf: ReadonlyMap<string, string>,
  repetition: number,
): readonly number[] {
  const clients = [...new Set(told.bindings.map(({ client }) => client))];
  return told.crashes
    .filter((crash) => crash.repetition === repetition)
    .flatMap((crash) => clients.flatMap((client) => boundFor(client, crash, told, nameOf)));
}

function boundFor(
  client: string,
  { t, member }: Crash,
  { bindings, registrations, returns, verdicts }: Told,
  nameOf: ReadonlyMap<string, string>,
): readonly number[] {
  const own = bindings.filter((one) => one.client === client);
  const name = (careOfAddress: string | undefined): string | undefined => nameOf.get(careOfAddress ?? '');
  if (name(own.findLast((one) => one.t <= t)?.careOfAddress) !== member) return [];
  const next = own.find((one) => one.t > t);
  const back = returns.find((one) => one.member === member && one.t > t);
  const ends = [next?.t, back?.t].flatMap((at) => at ?? []);
  const end = ends.length === 0 ? lastWord(verdicts) : ends.reduce((first, at) => (at < first ? at : first));
  const contact = registrations.findLast((one) => one.t <= t)?.careOfAddress;
  const contactGoes =
    name(contact) === member ||
    registrations.some((one) => one.t > t && one.t <= end && one.careOfAddress !== contact);
  // An acceptor has bound it, or its member had deleted the binding itself.
  const elsewhere = end === next?.t && (next.careOfAddress !== undefined || name(next.by) === member);
  if (contactGoes || elsewhere || end < t || (end === back?.t && end - t < SOON_BACK)) return [];
  return [Number((end - t) / 1000n) / 1e6];
}

/** When the last client was done: the log goes at least so far. */
function lastWord(verdicts: Told['verdicts']): bigint {
  return verdicts.reduce((latest, { endedNs }) => (endedNs > latest ? endedNs : latest), 0n);
}
