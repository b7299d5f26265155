import type { Ipv6Address } from '../../mip6/wire/address.ts';
import type { AnswerOfClient } from '../../server/bindings/client-bindings.ts';
import type { PeerChange } from '../../server/channel/peer-change.ts';
import { HandoffEndpoint } from '../../server/handoff/endpoint.ts';
import type { EndpointInput, EndpointOutput } from '../../server/handoff/endpoint-types.ts';
import { type HandoffFrame, isFrameToDonor } from '../../server/handoff/frames.ts';
import type { WantedAxes } from '../../server/variants/choose-axes.ts';
import { RoleDriver } from '../support/role-driver.ts';
import { RoleLog } from '../support/role-log.ts';
import { decodeMoved, type MovedState } from './accepted-socket.ts';
import { AcceptorSockets } from './acceptor-sockets.ts';
import type { HandoffOutcome } from './donor-connection.ts';
import { type DonorRequest, DonorSockets } from './donor-sockets.ts';
import type { HandoffContext } from './handoff-context.ts';

type Output<Kind extends EndpointOutput<MovedState>['kind']> = Extract<
  EndpointOutput<MovedState>,
  { readonly kind: Kind }
>;

/**
 * How a handoff may end. At its donor: the acceptor has the client, the donor has it as before, or nobody has it; at its acceptor: the client is
 * here for good, or is not.
 */
type HandoffEnd = 'given' | 'kept' | 'lost' | 'taken' | 'abandoned';

export interface HandoffTally {
  /** from this member to another */
  readonly giving: number;
  /** from another to this one, once its Init has come */
  readonly taking: number;
  readonly ended: Readonly<Record<HandoffEnd, number>>;
}

const donationEnds: Readonly<Record<string, HandoffEnd>> = {
  'handed-off': 'given',
  resume: 'kept',
  lose: 'lost',
};
const arrivalEnds: Readonly<Record<string, HandoffEnd>> = { settled: 'taken', abandon: 'abandoned' };

/** The handoffs of a member at one contact address: joins the endpoint to sockets, to clients' bindings and to the channel. */
export class Handoffs {
  readonly #context: HandoffContext;
  readonly #endpoint: HandoffEndpoint<MovedState>;
  readonly #driver: RoleDriver<EndpointInput, EndpointOutput<MovedState>>;
  /** what peers can cause as often as they like */
  readonly #ofPeers: RoleLog;
  readonly #donors = new Map<Ipv6Address, DonorSockets>();
  readonly #acceptors = new Map<number, AcceptorSockets>();
  readonly #ended = { given: 0, kept: 0, lost: 0, taken: 0, abandoned: 0 };

  constructor(context: HandoffContext) {
    const { log, mobility } = context;
    this.#context = context;
    this.#ofPeers = new RoleLog(log);
    this.#endpoint = new HandoffEndpoint<MovedState>({
      ...context,
      decode: ({ tcpState }) => decodeMoved(tcpState),
      isResumable: () => context.content?.() !== undefined,
      mayBeTakenOver: (client) => context.mayBeTakenOver?.(client) ?? false,
      holdsHomeToken: (client) => mobility.holdsHomeToken(client),
      clientTripMs: (client) => this.#donors.get(client)?.tripMs ?? context.testedTripMs?.(client),
      leastTestMs: (client) => context.leastTestMs?.(client),
      unsent: (client) => this.#donors.get(client)?.unsent,
      repairsLoss: (client) => this.#donors.get(client)?.repairsLoss ?? false,
      lastSequence: (client) => mobility.lastSequence(client),
    });
    this.#driver = new RoleDriver(this.#endpoint, (output) => this.#act(output));
  }

  /** See `HandoffEndpoint`. */
  get notAdmitted(): number {
    return this.#endpoint.notAdmitted;
  }

  /** See `HandoffEndpoint`. */
  get accepting(): readonly Ipv6Address[] {
    return this.#endpoint.accepting;
  }

  /** See `HandoffEndpoint`. */
  isArriving(client: Ipv6Address): boolean {
    return this.#endpoint.isArriving(client);
  }

  /** How many of each sort are under way, and how many have ended in which way since the start. */
  get tally(): HandoffTally {
    const { departing, accepting } = this.#endpoint;
    return { giving: departing.length, taking: accepting.length, ended: this.#ended };
  }

  /** Accepts no handoff from now on; those whose Init has come go on. */
  refuse(reason = 'this member leaves'): void {
    this.#driver.handle({ kind: 'refuse', reason });
  }

  /** Announces a handoff of this client to its acceptor, long before it may begin; false when the acceptor is out of reach. */
  prepare(client: Ipv6Address, acceptor: Ipv6Address, variant: WantedAxes): boolean {
    const clientIsPlain = this.#context.isPlain?.(client) ?? false;
    this.#driver.handle({ kind: 'prepare', client, acceptor, variant, clientIsPlain });
    return this.#endpoint.isPrepared(client, acceptor);
  }

  /** There will be no handoff of this client. */
  withdraw(client: Ipv6Address): void {
    this.#driver.handle({ kind: 'withdraw', client });
  }

  /** Hands a client off, with all its connections; resolves with what became of each, in the order of the request. */
  donate(request: DonorRequest): Promise<readonly HandoffOutcome[]> {
    const { client, acceptor, variant, waitMs } = request;
    const donor = new DonorSockets(request, this.#context, (input) =>
      this.#driver.handle({ kind: 'of-donation', client, input }),
    );
    this.#donors.set(client, donor);
    const connections = [...request.connections.keys()];
    const clientIsPlain = this.#context.isPlain?.(client) ?? false;
    const what = { client, acceptor, connections, variant, waitMs, clientIsPlain };
    this.#driver.handle({ kind: 'donate', ...what });
    donor.begin();
    return donor.finished;
  }

  /** The client's handoff is not wanted any more; from Init on that is nothing. */
  cancel(client: Ipv6Address, reason: string): void {
    this.#driver.handle({ kind: 'of-donation', client, input: { kind: 'cancelled', reason } });
  }

  onFrame(from: Ipv6Address, frame: HandoffFrame): void {
    this.#driver.handle({ kind: 'frame', from, frame });
  }

  onPeer(peer: Ipv6Address, change: PeerChange): void {
    this.#driver.handle({ kind: 'peer', peer, change });
  }

  onAnswer(answer: AnswerOfClient): void {
    this.#driver.handle({ kind: 'answer', answer });
  }

  #act(output: EndpointOutput<MovedState>): void {
    switch (output.kind) {
      case 'send':
        this.#send(output);
        return;
      case 'received':
        this.#received(output);
        return;
      case 'discarded': {
        const { from: donor, frame, reason: detail } = output;
        const { kind, client } = frame;
        this.#ofPeers.write({ kind: 'handoff-discarded', frame: kind, client, donor, detail });
        return;
      }
      case 'fell-back': {
        const { client, acceptor, rules } = output;
        this.#context.log.write('variant-fell-back', { client, acceptor, rules: rules.join(' ') });
        return;
      }
      case 'test-home':
        this.#context.mobility.testHome(output.client);
        return;
      case 'of-donation':
        this.#count(donationEnds[output.output.kind]);
        this.#donors.get(output.client)?.act(output.output);
        return;
      case 'of-arrival':
        this.#count(arrivalEnds[output.output.kind]);
        this.#acceptorOf(output).act(output.output);
        return;
      default:
        output satisfies never;
    }
  }

  #count(end: HandoffEnd | undefined): void {
    if (end !== undefined) this.#ended[end]++;
  }

  #send({ to, frame, client }: Output<'send'>): void {
    if (!this.#context.send(to, frame)) this.#driver.handle({ kind: 'unsent', to, frame });
    else if (client !== undefined)
      this.#context.log.write(
        `${frame.kind}-sent`,
        isFrameToDonor(frame) ? { client } : { client, acceptor: to },
      );
  }

  #received({ from: donor, frame, admitted }: Output<'received'>): void {
    this.#context.log.write(`${frame.kind}-received`, { client: frame.client, donor });
    if (admitted) this.#context.onBeginning?.(donor, frame);
  }

  #acceptorOf({ arrival, client, output }: Output<'of-arrival'>): AcceptorSockets {
    const known = this.#acceptors.get(arrival);
    const acceptor =
      known ??
      new AcceptorSockets(client, this.#context, this.#ofPeers, (input) =>
        this.#driver.handle({ kind: 'of-arrival', arrival, input }),
      );
    const over = output.kind === 'settled' || output.kind === 'stop' || output.kind === 'abandon';
    if (over) this.#acceptors.delete(arrival);
    else this.#acceptors.set(arrival, acceptor);
    return acceptor;
  }
}
