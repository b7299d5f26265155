import type { Parameters } from '../../experiments/experiment.ts';
import { firstOf } from '../events/faults.ts';
import { beyondBound } from '../events/offered-window.ts';
import type { Download, Service } from './downloads.ts';
import type { RangeConnection } from './range-connection.ts';

/** Why a repetition must not be measured; empty when all ranges came whole, and through the members that the cell asks for. */
export function brokenPreconditions(
  { connections, verdict, faults }: Download,
  services: readonly Service[],
  { bytes = 0, windowBytes }: Parameters,
): readonly string[] {
  const least = Math.floor(bytes / services.length);
  const reasons = [
    ...services.map((service) => brokenRange(service, connections, { least, windowBytes })),
    firstOf(faults),
  ];
  if (verdict === undefined) reasons.unshift('the client gave no verdict');
  else if (verdict.sha256 !== verdict.expected)
    reasons.unshift(`payload hash differs (${verdict.bytes} octets received); ${verdict.problem}`);
  else if (!verdict.ok) reasons.unshift(`the client reports a failure: ${verdict.problem}`);
  return reasons.filter((reason) => reason !== undefined);
}

function brokenRange(
  { contactAddress, contactNode, acceptor }: Service,
  connections: readonly RangeConnection[],
  { least, windowBytes }: { readonly least: number; readonly windowBytes: number | undefined },
): string | undefined {
  const [connection, ...others] = connections.filter((one) => one.contactAddress === contactAddress);
  const broken = (words: string): string => `${contactAddress}: ${words}`;
  if (connection === undefined) return broken('no connection');
  if (others.length > 0) return broken(`${others.length + 1} connections instead of one`);
  if (connection.reset !== undefined) return broken(`reset in packet ${connection.reset}`);
  const { octets, hasHole } = connection.delivered;
  if (hasHole || octets < least) return broken('octets that never left towards the client');
  if (connection.acknowledgedNs === undefined) return broken('the last octet was not acknowledged');
  if (!connection.finFromClient || !connection.finFromServer) return broken('not closed by both ends');
  const unbounded = beyondBound(connection.offered, windowBytes);
  if (unbounded !== undefined) return broken(unbounded);
  const expected = [contactAddress, contactNode, acceptor];
  const stranger = [...connection.senders.keys()].find((sender) => !expected.includes(sender));
  if (stranger !== undefined) return broken(`octets from ${stranger}, which does not serve it`);
  if (acceptor !== undefined && !connection.senders.has(acceptor)) return broken('no handoff');
  return undefined;
}
