import type { parallelTable } from '../../experiments/parallel.ts';
import type { Download, Service } from './downloads.ts';
import type { RangeConnection } from './range-connection.ts';

/** A repetition whose preconditions hold: every connection has data, all of it acknowledged. */
interface WholeDownload {
  readonly download: Download;
  readonly services: readonly Service[];
}

/** Value of a measure; undefined where the repetition has no such thing. */
type Extractor = (whole: WholeDownload) => number | undefined;

/** See experiments/parallel.ts for what each means. */
export const extractors: Readonly<Record<keyof typeof parallelTable, Extractor>> = {
  'download-time': (whole) => (endedNs(lastRange(whole)) - beganNs(whole)) / 1e6,
  'download-setup': (whole) => (lastRange(whole).firstDataNs! - beganNs(whole)) / 1e6,
  'transfer-product': transferProduct,
  'range-goodput': (whole) => mean(connectionsOf(whole).map((one) => goodputKbit(one, whole))),
  'range-goodput-least': (whole) => Math.min(...connectionsOf(whole).map((one) => goodputKbit(one, whole))),
  'range-handoff-gap': largestGap,
  'serving-members': servingMembers,
  'ranges-finished-by-acceptor': finishedByAcceptor,
  'document-octets': ({ download }) => download.verdict?.bytes,
};

function connectionsOf({ download }: WholeDownload): readonly RangeConnection[] {
  return download.connections;
}

function beganNs(whole: WholeDownload): number {
  return Math.min(...connectionsOf(whole).map(({ openedNs }) => openedNs));
}

function endedNs(connection: RangeConnection): number {
  return connection.acknowledgedNs!;
}

/** The connection whose range is the last to be complete. */
function lastRange(whole: WholeDownload): RangeConnection {
  return connectionsOf(whole).reduce((last, one) => (endedNs(one) > endedNs(last) ? one : last));
}

/** Number of ranges · time in which the last range's octets came, ms: the handoff's gap is no part of it. */
function transferProduct(whole: WholeDownload): number {
  const connections = connectionsOf(whole);
  return (connections.length * transferNs(lastRange(whole), whole)) / 1e6;
}

function transferNs(connection: RangeConnection, whole: WholeDownload): number {
  return endedNs(connection) - connection.firstDataNs! - (gapNs(connection, whole) ?? 0);
}

function goodputKbit(connection: RangeConnection, whole: WholeDownload): number {
  return (connection.delivered.octets * 8e6) / transferNs(connection, whole);
}

/** From the donor's last octets to the acceptor's first ones, towards the client. */
function gapNs(connection: RangeConnection, { services }: WholeDownload): number | undefined {
  const acceptor = acceptorOf(connection, services);
  const first = acceptor && connection.senders.get(acceptor)?.firstNs;
  const others = [...connection.senders].filter(([sender]) => sender !== acceptor);
  if (first === undefined || others.length === 0) return undefined;
  return first - Math.max(...others.map(([, { lastNs }]) => lastNs));
}

function largestGap(whole: WholeDownload): number | undefined {
  const gaps = connectionsOf(whole)
    .map((connection) => gapNs(connection, whole))
    .filter((gap) => gap !== undefined);
  return gaps.length === 0 ? undefined : Math.max(...gaps) / 1e6;
}

/** Members that sent octets of the document; what came through a home agent is the contact node's. */
function servingMembers({ download, services }: WholeDownload): number {
  const members = download.connections.flatMap(({ contactAddress, senders }) =>
    [...senders.keys()].map((sender) =>
      sender === contactAddress ? serviceOf(contactAddress, services)?.contactNode : sender,
    ),
  );
  return new Set(members).size;
}

/** Ranges whose last octet came straight from the acceptor: under its care-of address, so over the optimised route. */
function finishedByAcceptor({ download, services }: WholeDownload): number {
  return download.connections.filter((connection) => {
    const acceptor = acceptorOf(connection, services);
    return acceptor !== undefined && connection.lastSender === acceptor;
  }).length;
}

function acceptorOf({ contactAddress }: RangeConnection, services: readonly Service[]) {
  return serviceOf(contactAddress, services)?.acceptor;
}

function serviceOf(contactAddress: RangeConnection['contactAddress'], services: readonly Service[]) {
  return services.find((service) => service.contactAddress === contactAddress);
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
