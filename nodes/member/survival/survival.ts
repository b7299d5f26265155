import type net from 'node:net';
import type { FdPoller } from '../../../linux/fd-poller.ts';
import { LabError } from '../../../linux/lab-error.ts';
import { descriptorOf, hasDescriptor } from '../../../linux/tcp/node-socket.ts';
import { progressOf } from '../../../linux/tcp/progress.ts';
import type { Ipv6Address } from '../../../mip6/wire/address.ts';
import type { GroupAddresses } from '../../../server/admission/group-addresses.ts';
import type { PeerChange } from '../../../server/channel/peer-change.ts';
import type { AnswerOfClient } from '../../../server/handoff/client-bindings.ts';
import { SurvivalEndpoint } from '../../../server/successor/endpoint.ts';
import type { SurvivalInput, SurvivalOutput } from '../../../server/successor/endpoint-types.ts';
import type { SurvivalFrame } from '../../../server/successor/frames.ts';
import type { Protection } from '../../../server/successor/holder-types.ts';
import type { EventWriter } from '../../support/event-log.ts';
import { RoleDriver } from '../../support/role-driver.ts';
import { RoleLog } from '../../support/role-log.ts';
import { asMember } from '../application-guard.ts';
import { decodeMoved, type MovedState, type RestoringOptions, stopSilently } from '../frozen-socket.ts';
import type { Mobility } from '../mobility.ts';
import { takeCheckpoint } from './checkpoint.ts';
import { ConnectionWatch, sendProbe } from './probe.ts';
import { survivorSocket } from './survivor-socket.ts';

export interface SurvivalOptions {
  readonly contactAddress: Ipv6Address;
  readonly servicePort: number;
  readonly group: GroupAddresses;
  /** see SurvivalPlan */
  readonly beatMs: number;
  readonly silentMs: (holder: Ipv6Address) => number;
  readonly sendBuffer: number;
  readonly poller: FdPoller;
  readonly log: EventWriter;
  readonly mobility: Pick<
    Mobility,
    | 'burn'
    | 'contest'
    | 'defend'
    | 'forget'
    | 'isBound'
    | 'lastSequence'
    | 'renew'
    | 'renewReturnRoutability'
    | 'sequenceBefore'
    | 'takeOver'
    | 'unbind'
  >;
  /** A member that keeps replicas, none of `except`; undefined when there is none in reach. */
  chooseBackup(client: Ipv6Address, except: readonly Ipv6Address[]): Promise<Ipv6Address | undefined>;
  send(peer: Ipv6Address, frame: SurvivalFrame): boolean;
  restoring(client: Ipv6Address): RestoringOptions;
  /** live connections of the client here */
  connectionsOf(client: Ipv6Address): readonly net.Socket[];
  /** A connection of a dead member goes on here; see `SurvivorListener`. */
  onSurvivor(socket: net.Socket, client: Ipv6Address, applicationState: Uint8Array, sent: number): void;
}

type Output = SurvivalOutput<MovedState>;
type OfReplica = Extract<Output, { readonly kind: 'of-replica' }>;
type OfKind<Kind extends OfReplica['output']['kind']> = Extract<OfReplica['output'], { readonly kind: Kind }>;

/** One connection of another member that is being taken over. */
interface Taken {
  readonly watch: ConnectionWatch;
  socket?: net.Socket;
  /** SND.NXT when the socket was made */
  from?: number;
}

/** What a member does for connections that outlive members, at one contact address: joins the endpoint to sockets, bindings and the channel. */
export class Survival {
  readonly #options: SurvivalOptions;
  readonly #endpoint: SurvivalEndpoint<MovedState>;
  readonly #driver: RoleDriver<SurvivalInput, Output>;
  readonly #ofPeers: RoleLog;
  /** who waits for a connection's protection */
  readonly #waiting = new WeakMap<net.Socket, PromiseWithResolvers<Protection>>();
  readonly #watched = new WeakSet<net.Socket>();
  readonly #taken = new Map<Ipv6Address, Map<number, Taken>>();

  constructor(options: SurvivalOptions) {
    this.#options = options;
    this.#ofPeers = new RoleLog(options.log);
    this.#endpoint = new SurvivalEndpoint<MovedState>({
      ...options,
      lastSequence: (client) => options.mobility.sequenceBefore(client) ?? 0,
      isBound: (client) => options.mobility.isBound(client),
      decode: decodeMoved,
    });
    this.#driver = new RoleDriver(this.#endpoint, (output) => this.#act(output));
  }

  /** See `SurvivalEndpoint`. */
  get taking(): readonly Ipv6Address[] {
    return this.#endpoint.taking;
  }

  /** See `SurvivalEndpoint`. */
  get notAdmitted(): number {
    return this.#endpoint.notAdmitted;
  }

  /** See `ServerLibrary.protect`. */
  protect(
    socket: net.Socket,
    client: Ipv6Address,
    applicationState: Uint8Array,
    sent: number,
  ): Promise<Protection> {
    const { remotePort: port } = socket;
    if (!hasDescriptor(socket) || port === undefined) return unprotected('the connection has ended');
    let tcpState: Uint8Array;
    try {
      tcpState = takeCheckpoint(socket, sent, this.#options.sendBuffer);
    } catch (error) {
      return unprotected(String(error));
    }
    const waiting = Promise.withResolvers<Protection>();
    this.#waiting.get(socket)?.resolve({ kind: 'unprotected', reason: 'there is a newer checkpoint' });
    this.#waiting.set(socket, waiting);
    if (!this.#watched.has(socket)) {
      this.#watched.add(socket);
      socket.once(
        'close',
        asMember(() => this.#ended(socket, client, port)),
      );
    }
    this.#driver.handle({ kind: 'checkpoint', client, checkpoint: { port, tcpState, applicationState } });
    return waiting.promise;
  }

  /** The client is about to be frozen for another member. */
  leaving(client: Ipv6Address): void {
    this.#driver.handle({ kind: 'leaving', client });
  }

  /** It stays. */
  staying(client: Ipv6Address): void {
    this.#driver.handle({ kind: 'staying', client });
  }

  /** It has no Mobile IPv6. */
  notMobile(client: Ipv6Address): void {
    this.#driver.handle({ kind: 'not-mobile', client });
  }

  /** Keeps no replicas from now on. */
  refuse(reason: string): void {
    this.#driver.handle({ kind: 'refuse', reason });
  }

  onFrame(from: Ipv6Address, frame: SurvivalFrame): void {
    this.#driver.handle({ kind: 'frame', from, frame });
  }

  onPeer(peer: Ipv6Address, change: PeerChange): void {
    this.#driver.handle({ kind: 'peer', peer, change });
  }

  onAnswer(answer: AnswerOfClient): void {
    this.#driver.handle({ kind: 'answer', answer });
  }

  stop(): void {
    this.#driver.stop();
    for (const client of [...this.#taken.keys()]) this.#endWatches(client);
  }

  #ended(socket: net.Socket, client: Ipv6Address, port: number): void {
    this.#waiting.get(socket)?.resolve({ kind: 'unprotected', reason: 'the connection has ended' });
    this.#driver.handle({ kind: 'ended', client, port });
  }

  #act(output: Output): void {
    const { log, mobility } = this.#options;
    switch (output.kind) {
      case 'send':
        if (!this.#options.send(output.to, output.frame))
          this.#driver.handle({ kind: 'unsent', to: output.to });
        return;
      case 'defend':
        mobility.defend(output.client);
        return;
      case 'choose':
        this.#choose(output.client, output.except);
        return;
      case 'contest':
        log.write('client-contested', { client: output.client, sequence: output.sequence });
        mobility.contest(output.client, output.sequence);
        return;
      case 'burn':
        mobility.burn(output.client, output.sequence);
        return;
      case 'stop':
        this.#stopHolding(output.client, output.reason);
        return;
      case 'protection':
        this.#protection(output);
        return;
      case 'discarded': {
        const { from: holder, client, reason: detail } = output;
        this.#ofPeers.write({ kind: 'replica-discarded', client, holder, detail });
        return;
      }
      case 'kept':
      case 'dropped':
        log.write(`replica-${output.kind}`, { client: output.client, holder: output.holder });
        return;
      case 'of-replica':
        this.#ofReplica(output);
        return;
      default:
        output satisfies never;
    }
  }

  #choose(client: Ipv6Address, except: readonly Ipv6Address[]): void {
    const { chooseBackup, log } = this.#options;
    void chooseBackup(client, except).then((backup) => {
      if (backup !== undefined) log.write('backup-chosen', { client, backup });
      this.#driver.handle({ kind: 'chosen', client, backup });
    });
  }

  #protection({ client, port, protection }: Extract<Output, { readonly kind: 'protection' }>): void {
    const { log, connectionsOf } = this.#options;
    const what = { client, port };
    log.write(
      `connection-${protection.kind}`,
      protection.kind === 'protected' ? what : { ...what, reason: protection.reason },
    );
    if (protection.kind === 'pending') return;
    const socket = connectionsOf(client).find(({ remotePort }) => remotePort === port);
    if (socket !== undefined) this.#waiting.get(socket)?.resolve(protection);
  }

  /** Another member has the client: what is here of it ends without a packet. */
  #stopHolding(client: Ipv6Address, reason: string): void {
    const { connectionsOf, log, mobility } = this.#options;
    for (const socket of connectionsOf(client)) stopSilently(socket);
    mobility.forget(client);
    log.write('client-taken-over', { client, reason });
  }

  #ofReplica({ client, holder, output }: OfReplica): void {
    const { log, mobility } = this.#options;
    switch (output.kind) {
      case 'test':
        mobility.renewReturnRoutability(client);
        return;
      case 'bind':
        log.write('client-taking-over', { client, holder, sequence: output.sequence });
        mobility.takeOver(client, output.sequence);
        return;
      case 'renew':
        mobility.renew(client);
        return;
      case 'probe':
        this.#probe(client, output);
        return;
      case 'serve':
        this.#serve(client, holder, output);
        return;
      case 'break-off':
        this.#breakOff(client, output);
        return;
      case 'check-input':
        this.#checkInput(client, output.port);
        return;
      case 'stop':
        for (const { socket } of this.#taken.get(client)?.values() ?? [])
          if (socket !== undefined) stopSilently(socket);
        this.#endWatches(client);
        mobility.forget(client);
        log.write('takeover-given-up', { client, holder, reason: output.reason });
        return;
      case 'let-go':
        mobility.unbind(client);
        return;
      case 'over':
        this.#endWatches(client);
        this.#forgetUnbound(client, output.served);
        return;
      default:
        output satisfies never;
    }
  }

  /** Of a client that was never bound here nothing stays, its tokens included. */
  #forgetUnbound(client: Ipv6Address, served: boolean): void {
    const { connectionsOf, mobility } = this.#options;
    if (served || mobility.lastSequence(client) !== undefined || connectionsOf(client).length > 0) return;
    mobility.forget(client);
  }

  #probe(client: Ipv6Address, { port, state }: OfKind<'probe'>): void {
    const ports = this.#taken.get(client) ?? new Map<number, Taken>();
    this.#taken.set(client, ports);
    if (!ports.has(port))
      ports.set(port, {
        watch: new ConnectionWatch(this.#options.poller, state, (standing) => {
          const ahead = standing.over ? false : isAhead(ports.get(port), standing.acknowledgement);
          this.#ofSocket(client, { kind: 'standing', port, standing, ahead });
        }),
      });
    this.#options.log.write('client-probed', { client, port });
    // One that does not leave is as good as lost: there are more.
    whyNot(() => sendProbe(state));
  }

  #serve(client: Ipv6Address, holder: Ipv6Address, served: OfKind<'serve'>): void {
    const { log, onSurvivor, restoring } = this.#options;
    const { port, state, applicationState, position } = served;
    const taken = this.#taken.get(client)?.get(port);
    const before = takeSocket(taken);
    // Two sockets cannot have the same ends.
    if (before !== undefined) stopSilently(before);
    let socket: net.Socket | undefined;
    const reason = whyNot(() => (socket = survivorSocket(state, position, restoring(client))));
    if (socket === undefined) {
      log.write('client-lost', { client, port, reason: reason ?? '' });
      this.#ofSocket(client, { kind: 'client-gone', port });
      return;
    }
    if (taken !== undefined) {
      taken.socket = socket;
      taken.from = position.acknowledgement;
    }
    socket.once(
      'close',
      asMember(() => {
        if (this.#taken.get(client)?.get(port)?.socket === socket)
          this.#ofSocket(client, { kind: 'client-gone', port });
      }),
    );
    log.write('client-survives', { client, port, holder, sent: position.sent, segments: position.segments });
    onSurvivor(socket, client, applicationState, position.sent);
  }

  #breakOff(client: Ipv6Address, { port, state, position, reason }: OfKind<'break-off'>): void {
    const { log, restoring } = this.#options;
    const before = takeSocket(this.#taken.get(client)?.get(port));
    // Which is a reset.
    (before ?? survivorSocket(state, position, restoring(client))).destroy();
    log.write('client-lost', { client, port, reason });
  }

  #checkInput(client: Ipv6Address, port: number): void {
    const socket = this.#taken.get(client)?.get(port)?.socket;
    const octets =
      socket !== undefined && hasDescriptor(socket)
        ? progressOf(descriptorOf(socket)).received
        : Number.POSITIVE_INFINITY;
    this.#ofSocket(client, { kind: 'received', port, octets });
  }

  #ofSocket(
    client: Ipv6Address,
    input: Extract<SurvivalInput, { readonly kind: 'of-replica' }>['input'],
  ): void {
    this.#driver.handle({ kind: 'of-replica', client, input });
  }

  #endWatches(client: Ipv6Address): void {
    for (const { watch } of this.#taken.get(client)?.values() ?? []) watch.close();
    this.#taken.delete(client);
  }
}

/** The socket that a connection has had so far: what becomes of it says nothing about the client any more. */
function takeSocket(taken: Taken | undefined): net.Socket | undefined {
  const socket = taken?.socket;
  if (taken !== undefined) delete taken.socket;
  return socket;
}

/** The client acknowledges what the socket has not sent: the kernel ignores that, however often it is said. */
function isAhead(taken: Taken | undefined, acknowledgement: number): boolean {
  const { socket, from } = taken ?? {};
  if (socket === undefined || from === undefined || !hasDescriptor(socket)) return false;
  const { sent } = progressOf(descriptorOf(socket));
  // A FIN counts one, and is no octet.
  return ((acknowledgement - (from + sent)) | 0) > 1;
}

/** Of one client: what the kernel refuses for it concerns no other. */
function whyNot(act: () => unknown): string | undefined {
  try {
    act();
    return undefined;
  } catch (error) {
    if (!(error instanceof LabError)) throw error;
    return error.message.split('\n')[0];
  }
}

function unprotected(reason: string): Promise<Protection> {
  return Promise.resolve({ kind: 'unprotected', reason });
}
