import type { Ipv6Address } from '../mip6/wire/address.ts';
import { DecodeError } from '../mip6/wire/decode-error.ts';
import type { MobilityMessage } from '../mip6/wire/messages.ts';
import type { RepetitionTrace } from './events/handoff-events.ts';
import type { MemberFrame } from './events/member-channels.ts';
import type { StampedEvent } from './events/process-stamps.ts';
import type { SignallingMessage } from './events/signalling.ts';
import { alternateOf } from './events/signalling.ts';
import type { Passage, Testbed } from './events/testbed.ts';
import { findHandoff, latest } from './phases/handoff.ts';
import { stampsOfHandoff } from './phases/process-phases.ts';
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
  /** when its sender had it, where that is known: a relayed message had come, a process says that it sent it; same count as `t` */
  readonly readyAt?: number;
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
  const stamps = stampsOfHandoff(repetitions[repetition]!.stamps);
  const told = (event: StampedEvent) => {
    const stamp = stamps?.get(event);
    return stamp === undefined ? undefined : capture.sinceEpoch(stamp.t);
  };
  const draw = new SequenceDrawing(trace, capture.testbed, told);
  for (const message of trace.signalling) draw.message(message);
  for (const frame of trace.frames) draw.frame(frame);
  draw.ends();
  const steps = draw.steps.sort((a, b) => a.t - b.t || a.packetNumber - b.packetNumber);
  return steps.map((step, place) => withArrival(step, steps.slice(0, place)));
}

/** A message that its sender relays was ready when it had come there, if the sender has not relayed it yet. */
function withArrival(step: SequenceStep, before: readonly SequenceStep[]): SequenceStep {
  const same = before.filter(({ label }) => label === step.label);
  const come = same.findLast(
    ({ to, arrives }) => to === step.from && arrives !== undefined && arrives <= step.t,
  );
  const relayed = same.some(({ from, t }) => from === step.from && t >= (come?.arrives ?? 0));
  return come === undefined || relayed ? step : { ...step, readyAt: come.arrives! };
}

class SequenceDrawing {
  readonly steps: SequenceStep[] = [];
  readonly #trace: RepetitionTrace;
  readonly #testbed: Testbed;
  /** when the donor's process says that it did something, in nanoseconds of the capture's count */
  readonly #told: (event: StampedEvent) => number | undefined;

  constructor(trace: RepetitionTrace, testbed: Testbed, told: (event: StampedEvent) => number | undefined) {
    this.#trace = trace;
    this.#testbed = testbed;
    this.#told = told;
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
    const handed = handedOver[kind];
    const ready = handed === undefined ? undefined : this.#told(handed);
    if (arriving.last === undefined || arriving.last.packet === arriving.first.packet) {
      this.#step(names, `${label} (${octets} octets)`, arriving.first, leaving.last, { readyNs: ready });
      return;
    }
    // The first is one of several that leave together; the last is alone, and has room for more words.
    this.#step(names, `${label}, first packet`, arriving.first, leaving.first, { readyNs: ready });
    const last = `${label}, last packet (${octets} octets in all)`;
    this.#step(names, last, arriving.last, leaving.last);
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
    if (donorIn) {
      const names = [this.#name(donor, donorIn), 'client'] as const;
      this.#step(names, 'last data of the donor', donorIn, donorOut, {
        readyNs: this.#told('handoff-requested'),
      });
    }
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
    more: Pick<SequenceStep, 'ofDonorAlone'> & { readonly readyNs?: number | undefined } = {},
  ): void {
    const { readyNs, ...said } = more;
    const step: SequenceStep = {
      ...{ t: this.#ms(sent.timeNs), from, to, label, ...said, packetNumber: sent.packet },
      ...(readyNs === undefined || readyNs > sent.timeNs ? {} : { readyAt: this.#ms(readyNs) }),
    };
    this.steps.push(left === undefined ? step : { ...step, arrives: this.#ms(left.timeNs) });
  }

  #ms(timeNs: number): number {
    return (timeNs - this.#trace.connection.syn.timeNs) / 1e6;
  }
}

/** What the donor's process says when it hands such a frame to its channel. */
const handedOver: Readonly<Partial<Record<MemberFrame['kind'], StampedEvent>>> = {
  prepare: 'prepare-sent',
  init: 'init-sent',
};

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
