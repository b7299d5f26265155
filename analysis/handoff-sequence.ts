import type { Ipv6Address } from '../mip6/wire/address.ts';
import { DecodeError } from '../mip6/wire/decode-error.ts';
import type { MobilityMessage } from '../mip6/wire/messages.ts';
import type { RepetitionTrace } from './events/handoff-events.ts';
import type { MemberFrame } from './events/member-channels.ts';
import type { SignallingMessage } from './events/signalling.ts';
import type { Passage, Testbed } from './events/testbed.ts';
import { alternateOf, findHandoff, latest } from './phases/handoff.ts';
import { readCell } from './read-cell.ts';

/** One arrow of a time-sequence diagram (paper §6.4, Fig. 11). */
export interface SequenceStep {
  /** ms since the client's SYN, when the packet came to the router */
  readonly t: number;
  /** … and when it left the router; absent when it was lost there */
  readonly arrives?: number;
  /** node names: `client`, `node1`, `homeAgent1`, …; the contact address counts as the member behind its home agent */
  readonly from: string;
  readonly to: string;
  readonly label: string;
  /** of the binding that the client has to the donor: it belongs to no handoff, whenever it is made */
  readonly ofDonorAlone?: true;
  /** in the capture, counted from 1 */
  readonly packetNumber: number;
}

/**
 * The messages of a repetition's handoff in the order in which they came to the router: the donor's last data, the client's
 * last acknowledgement to it, all signalling, the acceptor's first data. A message relayed by the contact node appears once
 * per hop. Throws DecodeError when the cell has no such repetition or the capture no connection for it.
 */
export async function handoffSequence(folder: string, repetition: number): Promise<readonly SequenceStep[]> {
  const { capture, repetitions } = await readCell(folder);
  const trace = repetitions[repetition]?.traces[0];
  if (trace === undefined) {
    throw new DecodeError(
      'illegal-value',
      'repetition',
      `${repetition} has no connection in ${folder}/router.pcap`,
    );
  }
  const draw = new SequenceDrawing(trace, capture.testbed);
  for (const message of trace.signalling) draw.message(message);
  for (const frame of trace.frames) draw.frame(frame);
  draw.ends();
  return draw.steps.sort((a, b) => a.t - b.t || a.packetNumber - b.packetNumber);
}

class SequenceDrawing {
  readonly steps: SequenceStep[] = [];
  readonly #trace: RepetitionTrace;
  readonly #testbed: Testbed;

  constructor(trace: RepetitionTrace, testbed: Testbed) {
    this.#trace = trace;
    this.#testbed = testbed;
  }

  message(signalling: SignallingMessage): void {
    const { message, from, to, arrived, left } = signalling;
    const [first, last] = [arrived ?? left, left ?? arrived];
    if (first === undefined || last === undefined) return;
    const names = [this.#testbed.nameOf(from, first), this.#testbed.nameOf(to, last)] as const;
    const other = alternateOf(message);
    const forOther = other === undefined ? '' : ` for ${this.#testbed.nameOf(other, first)}`;
    const more = this.#isOfDonorAlone(signalling) ? ({ ofDonorAlone: true } as const) : {};
    this.#step(names, `${labelOf(message)}${forOther}`, first, left, more);
  }

  /** Tests and bindings of the donor for itself: not what it relays for the acceptor, nor what it sends in its place. */
  #isOfDonorAlone({ message, from, to }: SignallingMessage): boolean {
    const init = this.#trace.frames.find(({ kind }) => kind === 'init');
    if (init === undefined || from === init.to || to === init.to) return false;
    const cookie = cookieOf(message);
    if (cookie !== undefined) return !this.#isAcceptorsCookie(cookie, init.to);
    if (message.kind === 'binding-update') return alternateOf(message) === undefined;
    if (message.kind !== 'binding-acknowledgement') return false;
    return !this.#trace.signalling.some(
      ({ message: sent }) =>
        sent.kind === 'binding-update' && sent.sequence === message.sequence && alternateOf(sent) === init.to,
    );
  }

  #isAcceptorsCookie(cookie: Uint8Array, acceptor: Ipv6Address): boolean {
    return this.#trace.signalling.some((one) => {
      const sent = one.from === acceptor ? cookieOf(one.message) : undefined;
      return sent !== undefined && Buffer.compare(sent, cookie) === 0;
    });
  }

  frame({ kind, octets, from, to, arriving, leaving }: MemberFrame): void {
    const label = frameLabels[kind];
    if (arriving.first === undefined || label === undefined) return;
    const names = [
      this.#testbed.nameOf(from, arriving.first),
      this.#testbed.nameOf(to, arriving.first),
    ] as const;
    if (arriving.last === undefined || arriving.last.packet === arriving.first.packet) {
      this.#step(names, `${label} (${octets} octets)`, arriving.first, leaving.last);
      return;
    }
    this.#step(names, `${label}, first packet (${octets} octets in all)`, arriving.first, leaving.first);
    this.#step(names, `${label}, last packet`, arriving.last, leaving.last);
  }

  /** Where the client-perceived handoff begins and where it ends. */
  ends(): void {
    const handoff = findHandoff(this.#trace, this.#testbed);
    if (handoff === undefined) return;
    const { donor, acceptor, fromAcceptor, fromDonor } = handoff;
    const { in: acknowledged, out } = this.#trace.lastFromClientBeforeInit ?? {};
    const [donorIn, donorOut] = [
      latest(fromDonor.map((s) => s.lastDataIn)),
      latest(fromDonor.map((s) => s.lastDataOut)),
    ];
    if (donorIn)
      this.#step([this.#name(donor, donorIn), 'client'], 'last data of the donor', donorIn, donorOut);
    // Where others came behind it before it left, it is not known when it did, and it is no last word either: the socket was not drained.
    if (acknowledged && out) {
      this.#step(
        ['client', this.#name(donor, acknowledged)],
        'last acknowledgement to the donor',
        acknowledged,
        out,
      );
    }
    const { firstDataIn, firstDataOut } = fromAcceptor;
    if (firstDataIn) {
      this.#step(
        [this.#name(acceptor, firstDataIn), 'client'],
        'first data of the acceptor',
        firstDataIn,
        firstDataOut,
      );
    }
  }

  #name(...[address, at]: Parameters<Testbed['nameOf']>): string {
    return this.#testbed.nameOf(address, at);
  }

  #step(
    [from, to]: readonly [string, string],
    label: string,
    sent: Passage,
    left: Passage | undefined,
    more: Pick<SequenceStep, 'ofDonorAlone'> = {},
  ): void {
    const step = { t: this.#ms(sent), from, to, label, ...more, packetNumber: sent.packet };
    this.steps.push(left === undefined ? step : { ...step, arrives: this.#ms(left) });
  }

  #ms(passage: Passage): number {
    return (passage.timeNs - this.#trace.connection.syn.timeNs) / 1e6;
  }
}

/** Frames about contact addresses are in none: they belong to no handoff. */
const frameLabels: Readonly<Partial<Record<MemberFrame['kind'], string>>> = {
  hello: 'Hello',
  prepare: 'Prepare',
  prepared: 'Prepared',
  init: 'Init',
  done: 'Done',
  refuse: 'Refuse',
  cancel: 'Cancel',
  released: 'Released',
  padding: 'Padding',
};

function labelOf(message: MobilityMessage): string {
  switch (message.kind) {
    case 'home-test-init':
      return 'HoTI';
    case 'care-of-test-init':
      return 'CoTI';
    case 'home-test':
      return 'HoT';
    case 'care-of-test':
      return 'CoT';
    case 'binding-update':
      return message.lifetimeSeconds === 0
        ? `BU (sequence ${message.sequence}, deletes the binding)`
        : `BU (sequence ${message.sequence})`;
    case 'binding-acknowledgement':
      return `BA (sequence ${message.sequence}, status ${message.status})`;
    case 'binding-error':
      return `Binding Error (status ${message.status})`;
    case 'binding-refresh-request':
      return 'Binding Refresh Request';
    case 'unknown':
      return `Mobility Header type ${message.mhType}`;
    default:
      return message satisfies never;
  }
}

/** What makes a test one exchange: the same in the message and its answer, on every hop. */
function cookieOf(message: MobilityMessage): Uint8Array | undefined {
  switch (message.kind) {
    case 'home-test-init':
    case 'home-test':
      return message.homeInitCookie;
    case 'care-of-test-init':
    case 'care-of-test':
      return message.careOfInitCookie;
    default:
      return undefined;
  }
}
