import { anyOf } from '../any-value.ts';

/** How clients reach the server; the values of the parameter `service`. */
const services = { contactNode: 0, routeOptimized: 1, frontEnd: 2, directReturn: 3 } as const;

/** Where CPU time is free, and nothing is lost or late. */
export const virtual = { clock: 'virtual', lossPct: 0 };
/**
 * What a claim on a load or a latency names beside that: the rates at which a small packet takes less than 1 ms or two, and so many clients that their
 * windows pass the front's queue before senders take them for lost. 30 windows of 65,536 octets wait for 9 s at 2 Mbit/s: what was not lost is sent again.
 */
export const varied = {
  ...anyOf('bytes'),
  clients: { max: 20 },
  cs1Ms: { max: 80 },
  cs2Ms: { max: 80 },
  ssMs: { max: 80 },
  frontRateKbit: { min: 1000 },
};
export const viaContact = { service: services.contactNode };
export const viaFrontEnd = { service: services.frontEnd };
export const directReturn = { service: services.directReturn };
export const optimized = { service: services.routeOptimized };

/** Octets of headers: Ethernet (which a rate limit counts), IPv6 with TCP and its timestamps, IPv6 around it; Home Address option. */
const header = { frame: 14, segment: 40 + 20 + 12, tunnel: 40 } as const;
/** Octets of data in a segment: what a tunnel leaves of 1500, and what is left without one. */
const segment = { tunnelled: 1500 - header.tunnel - header.segment, plain: 1500 - header.segment } as const;
/** A packet that is forwarded crosses the link of the front's site twice, once inside a tunnel. */
const crossings = 2 * header.segment + header.tunnel;

const requestOctets = (bytes: number): number => `GET ${bytes}\n`.length;

/** Octets of one client's document that cross the front's link: data there and back, and an acknowledgement for each segment. */
export function forwardedOctets(bytes: number): number {
  const segments = Math.ceil(bytes / segment.tunnelled);
  return 2 * bytes + 2 * segments * crossings + crossings + 2 * requestOctets(bytes);
}

/** With direct server return: the request and the acknowledgements alone. */
export function acknowledgedOctets(bytes: number): number {
  const segments = Math.ceil(bytes / segment.plain);
  return segments * crossings + crossings + 2 * requestOctets(bytes);
}

/** What may come on top: a client reads a quarter of its window at a time, and its kernel may then announce the window anew. */
export function updateOctets(bytes: number, windowBytes: number): number {
  return Math.ceil(bytes / (windowBytes / 4)) * crossings;
}

/** And the last segment once more, where it waits so long in a queue that its sender takes it for lost: there, back, acknowledged. */
export const resentOctets = 2 * segment.plain + 2 * crossings;

/** Share of the front's upstream that is document: beside each segment, an acknowledgement goes out in the tunnel. */
export const forwardedShare =
  segment.tunnelled / (segment.tunnelled + 2 * (header.segment + header.frame) + header.tunnel);
/** Octets of document per octet of the front's upstream when only acknowledgements pass it. */
export const acknowledgedShare = segment.plain / (header.segment + header.frame + header.tunnel);

/** Of the profiles' grids, as in the paper's §6: a slope over clients is one number. */
export const defaultBytes = 1_000_000;
export const defaultWindow = 1 << 16;
