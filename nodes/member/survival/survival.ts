import type net from 'node:net';
import type { ProtectionOptions } from '../../../applications/server-library.ts';
import { hasDescriptor } from '../../../linux/tcp/node-socket.ts';
import type { Ipv6Address } from '../../../mip6/wire/address.ts';
import type { AnswerOfClient } from '../../../server/bindings/client-bindings.ts';
import type { PeerChange } from '../../../server/channel/peer-change.ts';
import { SurvivalEndpoint } from '../../../server/successor/endpoint.ts';
import type { SurvivalInput, SurvivalOutput } from '../../../server/successor/endpoint-types.ts';
import type { SurvivalFrame } from '../../../server/successor/frames.ts';
import type { Checkpoint, Protection } from '../../../server/successor/holder-types.ts';
import { RoleDriver } from '../../support/role-driver.ts';
import { RoleLog } from '../../support/role-log.ts';
import { decodeMoved, type MovedState } from '../accepted-socket.ts';
import { asMember } from '../application-guard.ts';
import { stopSilently } from '../silent-end.ts';
import { takeCheckpoint } from './checkpoint.ts';
import { ClientEnds } from './client-end.ts';
import { GatedSockets } from './gated-sockets.ts';
import { HeldProbes } from './held-probes.ts';
import { LatestSockets } from './latest-sockets.ts';
import { stillDiscarded } from './replayed-output.ts';
import { StrangerWatches } from './stranger-watch.ts';
import type { SurvivalOptions } from './survival-options.ts';
import { TakenConnections } from './taken-connections.ts';

type Output = SurvivalOutput<MovedState>;

/** What a member does for connections that outlive members, at one contact address: joins the endpoint to sockets, bindings and the channel. */
export class Survival {
  readonly #options: SurvivalOptions;
  readonly #endpoint: SurvivalEndpoint<MovedState>;
  readonly #driver: RoleDriver<SurvivalInput, Output>;
  readonly #ofPeers: RoleLog;
  /** who waits for a connection's protection */
  readonly #waiting = new WeakMap<net.Socket, PromiseWithResolvers<Protection>>();
  /** whose checkpoint is the last one of a connection */
  readonly #sockets = new LatestSockets();
  readonly #ends: ClientEnds;
  /** clients that are to be handed off when they have said whose they are */
  readonly #asked = new Map<Ipv6Address, PromiseWithResolvers<string | undefined>>();
  readonly #taken: TakenConnections;
  readonly #strangers: StrangerWatches;
  readonly #gated: GatedSockets;
  readonly #probes: HeldProbes;

  constructor(options: SurvivalOptions) {
    this.#options = options;
    this.#ends = new ClientEnds(options.sendBuffer);
    this.#ofPeers = new RoleLog(options.log);
    this.#endpoint = new SurvivalEndpoint<MovedState>({
      ...options,
      lastSequence: (client) => options.mobility.sequenceBefore(client) ?? 0,
      isBound: (client) => options.mobility.isBound(client),
      decode: decodeMoved,
    });
    this.#driver = new RoleDriver(this.#endpoint, (output) => this.#act(output));
    this.#taken = new TakenConnections(options, (client, input) =>
      this.#driver.handle({ kind: 'of-replica', client, input }),
    );
    const { contactAddress: address, index, poller, servicePort: port } = options;
    this.#gated = new GatedSockets({ index, poller, local: { address, port } }, (client, from, segment) =>
      this.#driver.handle({ kind: 'segment', client, port: from, segment }),
    );
    this.#strangers = new StrangerWatches(options, (client, segment) =>
      this.#driver.handle({ kind: 'heard', client, ...segment }),
    );
    this.#probes = new HeldProbes(options, (client) =>
      this.#driver.handle({ kind: 'answers-probe', client }),
    );
  }

  /** See `SurvivalEndpoint`. */
  get taking(): readonly Ipv6Address[] {
    return this.#endpoint.taking;
  }

  /** See `SurvivalEndpoint`. */
  get notAdmitted(): number {
    return this.#endpoint.notAdmitted;
  }

  /** See `SurvivalEndpoint`. */
  mayBeTakenOver(client: Ipv6Address): boolean {
    return this.#endpoint.mayBeTakenOver(client);
  }

  /** Why this client cannot be handed off; undefined: it can, as it says itself where its backup may have taken it over. */
  whyStays(client: Ipv6Address): Promise<string | undefined> {
    const before = this.#endpoint.whyStays(client);
    if (before !== undefined) return Promise.resolve(before);
    if (this.#options.connectionsOf(client).some((socket) => stillDiscarded(socket) > 0))
      return Promise.resolve('what its last member had written is being written again');
    this.#driver.handle({ kind: 'may-leave', client });
    if (this.#endpoint.whyStays(client) === undefined) return Promise.resolve(undefined);
    const asked = this.#asked.get(client) ?? Promise.withResolvers<string | undefined>();
    this.#asked.set(client, asked);
    return asked.promise;
  }

  /** See `ServerLibrary.protect`. */
  protect(
    socket: net.Socket,
    client: Ipv6Address,
    applicationState: Uint8Array,
    { sent = 0, input = 'unprotected' }: ProtectionOptions,
  ): Promise<Protection> {
    const { remotePort: port } = socket;
    if (!hasDescriptor(socket) || port === undefined) return unprotected('the connection has ended');
    let checkpoint: Checkpoint;
    try {
      const { sendBuffer } = this.#options;
      const taken = takeCheckpoint(this.#gated, socket, client, port, { sent, input, sendBuffer });
      checkpoint = { port, ...taken, applicationState };
    } catch (error) {
      return unprotected(String(error));
    }
    const waiting = Promise.withResolvers<Protection>();
    this.#waiting.get(socket)?.resolve({ kind: 'unprotected', reason: 'there is a newer checkpoint' });
    this.#waiting.set(socket, waiting);
    if (this.#sockets.take(client, port, socket))
      socket.once(
        'close',
        asMember(() => this.#ended(socket, client, port)),
      );
    this.#driver.handle({ kind: 'checkpoint', client, checkpoint });
    this.#ends.forget(socket);
    // Of a gated one its backup hears anyway.
    if (input !== 'gated')
      this.#ends.watch(socket, checkpoint.tcpState, (tcpState) =>
        this.#driver.handle({ kind: 'checkpoint', client, checkpoint: { ...checkpoint, tcpState } }),
      );
    if (input !== 'gated') this.#gated.remove(client, port);
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
    if (answer.kind === 'routable' || answer.kind === 'moved') return;
    const { client } = answer;
    const another = answer.kind === 'superseded' ? 'the client is another member’s' : undefined;
    this.#asked.get(client)?.resolve(this.#endpoint.whyStays(client) ?? another);
    this.#asked.delete(client);
  }

  stop(): void {
    this.#driver.stop();
    this.#taken.stop();
    this.#strangers.stop();
    this.#gated.stop();
    this.#probes.stop();
  }

  #ended(socket: net.Socket, client: Ipv6Address, port: number): void {
    this.#waiting.get(socket)?.resolve({ kind: 'unprotected', reason: 'the connection has ended' });
    if (!this.#sockets.end(client, port, socket)) return;
    this.#driver.handle({ kind: 'ended', client, port });
    this.#gated.remove(client, port);
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
        mobility.ask(output.client, { kind: 'contest', sequence: output.sequence });
        return;
      case 'reclaim':
        mobility.ask(output.client, { kind: 'reclaim', sequence: output.sequence });
        return;
      case 'regain':
        if (this.#options.connectionsOf(output.client).length === 0) return;
        log.write('client-let-go', { client: output.client, sequence: output.sequence });
        mobility.ask(output.client, { kind: 'contest', sequence: output.sequence });
        return;
      case 'disputed':
        log.write('client-disputed', { client: output.client });
        mobility.suspend(output.client);
        return;
      case 'probe':
        this.#probes.probe(output);
        return;
      case 'decided':
        this.#probes.end(output.client);
        mobility.resume(output.client);
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
      case 'verdict':
        this.#gated.decide(output.id, output.passes);
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
        this.#taken.act(output);
        return;
      case 'watch':
      case 'unwatch':
      case 'turn-away':
        this.#strangers.act(output);
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
}

function unprotected(reason: string): Promise<Protection> {
  return Promise.resolve({ kind: 'unprotected', reason });
}
