import type { Ipv6Address } from '../../mip6/wire/address.ts';
import { TCP_FLAG } from '../../mip6/wire/tcp-header.ts';
import type { TcpSegment } from '../capture/upper-layer.ts';
import { OfferedWindow } from '../events/offered-window.ts';
import { SequenceCoverage } from '../events/sequence-coverage.ts';
import type { Passage } from '../events/testbed.ts';

/** What left for the client in answer to one request. */
export interface Answer {
  /** the request comes to the router from the client, ns */
  readonly requestNs: number;
  /** data segments leaving the router for the client, in order, with as many octets as had not left before */
  readonly segments: { readonly timeNs: number; readonly octets: number }[];
  /** octets that left once more */
  resentOctets: number;
}

/** One client's connection, as it passes the router at the clients' link. */
export class SessionConnection {
  readonly client: Ipv6Address;
  readonly port: number;
  readonly initialSequence: number;
  readonly offered: OfferedWindow;
  /** in the order of the requests */
  readonly answers: Answer[] = [];
  #resets = 0;
  /** which ends have said that they are done */
  readonly #ended = { client: false, server: false };
  /** of what the server sends; known from its first segment on */
  #sent: SequenceCoverage | undefined;
  /** sequence number behind the last request, relative to the SYN's */
  #asked = 1;

  constructor(client: Ipv6Address, syn: TcpSegment) {
    this.client = client;
    this.port = syn.sourcePort;
    this.initialSequence = syn.sequence;
    this.offered = new OfferedWindow(syn);
  }

  /**
   * Those that broke the connection off. One of the client's own behind both ends is none: its kernel has forgotten the connection by then, and the
   * server's has repeated its end, since the way back takes longer than its timer.
   */
  get resets(): number {
    return this.#resets;
  }

  /** A segment comes from the client. Gives the number of the request in it, from 0; undefined for anything else. */
  fromClient(segment: TcpSegment, { timeNs }: Passage): number | undefined {
    const over = this.#ended.client && this.#ended.server;
    if ((segment.flags & TCP_FLAG.rst) !== 0 && !over) this.#resets++;
    if ((segment.flags & TCP_FLAG.fin) !== 0) this.#ended.client = true;
    this.offered.fromClient(segment);
    const end = ((segment.sequence - this.initialSequence) | 0) + segment.payloadLength;
    if (segment.payloadLength === 0 || end <= this.#asked) return undefined;
    this.#asked = end;
    this.answers.push({ requestNs: timeNs, segments: [], resentOctets: 0 });
    return this.answers.length - 1;
  }

  /** A segment leaves for the client: it answers the last request, since each is sent when the answer before is complete. */
  toClient(segment: TcpSegment, { timeNs }: Passage): void {
    if ((segment.flags & TCP_FLAG.rst) !== 0) this.#resets++;
    if ((segment.flags & TCP_FLAG.fin) !== 0) this.#ended.server = true;
    this.offered.fromServer(segment);
    const synchronizes = (segment.flags & TCP_FLAG.syn) !== 0;
    this.#sent ??= new SequenceCoverage((segment.sequence + (synchronizes ? 1 : 0)) >>> 0);
    const answer = this.answers.at(-1);
    if (segment.payloadLength === 0 || answer === undefined) return;
    const octets = this.#sent.add(this.#sent.offsetOf(segment.sequence), segment.payloadLength);
    if (octets > 0) answer.segments.push({ timeNs, octets });
    answer.resentOctets += segment.payloadLength - octets;
  }
}

/** Distinct octets that left for the client. */
export function octetsOf(answer: Answer | undefined): number {
  return (answer?.segments ?? []).reduce((sum, { octets }) => sum + octets, 0);
}
