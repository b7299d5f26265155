import { EventEmitter } from 'node:events';
import net from 'node:net';
import type { ApplicationHost, ServerApplication } from '../../applications/server-application.ts';
import type {
  ClientEvents,
  ClientListener,
  ContentListener,
  HandoffOptions,
  HandoffResult,
  ProtectionOptions,
  ServerLibrary,
  StateListener,
  SurvivorListener,
} from '../../applications/server-library.ts';
import { openConnections } from '../../linux/tcp/connection-table.ts';
import { NewConnections } from '../../linux/tcp/new-connections.ts';
import { descriptorOf } from '../../linux/tcp/node-socket.ts';
import { setSendBuffer } from '../../linux/tcp/send-buffer.ts';
import type { MobileNodeEvent } from '../../mip6/roles/mobile-node/mobile-node-types.ts';
import { type Ipv6Address, ipv6 } from '../../mip6/wire/address.ts';
import type { HandoffFrame } from '../../server/channel/channel-frames.ts';
import { type AnswerOfClient, answerOfEvent } from '../../server/handoff/client-bindings.ts';
import { LateConnections, type LateInput, type LateOutput } from '../../server/plain/late-connections.ts';
import { isSurvivalFrame, type SurvivalFrame } from '../../server/successor/frames.ts';
import { NOT_MOBILE } from '../../server/successor/holder.ts';
import type { Protection } from '../../server/successor/holder-types.ts';
import { clientListener } from '../support/client-socket.ts';
import type { EventFields } from '../support/event-log.ts';
import { monotonicMs, RoleDriver } from '../support/role-driver.ts';
import { ApplicationGuard, answerOf, asMember } from './application-guard.ts';
import type { PeerChange } from './channel.ts';
import { ClosingClients } from './closing-clients.ts';
import { Departures, type Destination } from './departures.ts';
import { FirstRoutes } from './first-routes.ts';
import { fallSilent } from './frozen-socket.ts';
import type { HandoffContext } from './handoff-context.ts';
import { Handoffs, type HandoffTally } from './handoffs.ts';
import { letResetOut } from './let-reset-out.ts';
import { addressOf, destination } from './library-arguments.ts';
import type { Mobility } from './mobility.ts';
import type { PlainClientService } from './plain/plain-clients.ts';
import { Survival, type SurvivalOptions } from './survival/survival.ts';

export interface MemberServerOptions
  extends Omit<HandoffContext, 'content' | 'onClient' | 'holdNewConnections' | 'onBeginning'> {
  readonly mobility: Mobility;
  /** clients without Mobile IPv6 */
  readonly plain: PlainClientService;
  /** absent: no connection outlives its member */
  readonly survival?: Pick<SurvivalOptions, 'beatMs' | 'silentMs' | 'chooseBackup' | 'send'>;
  /** for the log */
  readonly applicationName: string;
  /** Care-of addresses of the other members, at present. */
  members(): readonly Ipv6Address[];
  /** The client is bound to another member, which serves it. */
  isElsewhere(client: Ipv6Address): boolean;
  /** where members join and leave */
  readonly membership?: {
    /** see `ServerLibrary.chooseAcceptor` */
    chooseAcceptor(client: Ipv6Address, except?: ReadonlySet<Ipv6Address>): Promise<Ipv6Address | undefined>;
    /** Their number may have changed. */
    clientsChanged(): void;
  };
}

/** The ad hoc distributed server as one member runs it: the paper's §5 library for applications. */
export class MemberServer implements ServerLibrary {
  readonly #options: MemberServerOptions;
  readonly #application: ServerApplication;
  readonly #handoffs: Handoffs;
  /** undefined without replicas */
  readonly #survival: Survival | undefined;
  readonly #departures: Departures;
  readonly #held = new NewConnections(() => descriptorOf(this.#listener));
  readonly #late: RoleDriver<LateInput, LateOutput>;
  /** clients of other members, and such as have left this one */
  #elsewhere: readonly Ipv6Address[] = [];
  #left: readonly Ipv6Address[] = [];
  readonly #listener: net.Server;
  readonly events = new EventEmitter<ClientEvents>();
  readonly #closing: ClosingClients;
  readonly #routes: FirstRoutes;
  /** live connections by client */
  readonly #connections = new Map<Ipv6Address, Set<net.Socket>>();
  readonly #guard: ApplicationGuard;
  readonly #ending = new AbortController();
  #closedApplication: Promise<void> | undefined;
  #receiver: ClientListener | undefined;
  #stateOf: StateListener | undefined;
  #survivor: SurvivorListener | undefined;
  #content: ContentListener | undefined;

  constructor(options: MemberServerOptions, application: ServerApplication) {
    this.#options = options;
    this.#application = application;
    this.#guard = new ApplicationGuard({
      name: options.applicationName,
      log: options.log,
      now: monotonicMs,
      // Which is a reset, unless the application has asked for an orderly end.
      reset: (socket) => socket.destroy(),
      onStopped: () => this.#stopApplication(),
    });
    this.#routes = new FirstRoutes(options.mobility, (client) => options.plain.isPlain(client));
    this.#late = new RoleDriver(new LateConnections(), ({ clients }) => {
      this.#left = clients;
      this.#keepOff();
    });
    this.#closing = new ClosingClients({
      ...options,
      isConnected: (client) => this.#connections.has(client),
      isConnecting: (client) => openConnections(options.contactAddress, client).length > 0,
      holdNewConnections: (client) => this.#hold(client),
    });
    this.#handoffs = new Handoffs({
      ...options,
      holdNewConnections: (client) => this.#hold(client),
      mobility: options.plain.bindings,
      onBeginning: (donor, frame) => options.plain.incoming(donor, frame),
      onClient: (socket, client, state) => this.#receive(socket, client, state),
      onFreezing: (client) => this.#survival?.leaving(client),
      onResumed: (client) => this.#survival?.staying(client),
      content: () => this.#guardedContent(),
    });
    this.#survival =
      options.survival &&
      new Survival({
        ...options,
        ...options.survival,
        connectionsOf: (client) => this.#connectionsOf(client),
        onSurvivor: (...survivor) => this.#survives(...survivor),
      });
    this.#departures = this.#createDepartures();
    this.#listener = clientListener((socket) => this.#accept(socket), { letResetOut });
  }

  /** Starts the application, and gives the promise that it gives, if any; an error in this is the member's end. */
  startApplication(host: Omit<ApplicationHost, 'signal'>): unknown {
    return this.#guard.begin(() => this.#application.start({ ...host, signal: this.#ending.signal }));
  }

  /** Ends it, whatever it says to that; resolves when it says that it has ended. */
  closeApplication(): Promise<void> {
    this.#closedApplication ??= this.#close().catch((error: unknown) => this.#guard.failed(error));
    return this.#closedApplication;
  }

  async #close(): Promise<void> {
    const application = this.#application;
    await this.#guard.begin(() => {
      this.#ending.abort();
      return application.close === undefined ? application[Symbol.asyncDispose]?.() : application.close();
    });
  }

  /** Takes clients at the contact address. */
  listen(): void {
    const { contactAddress, servicePort, sendBuffer } = this.#options;
    this.#listener.listen({ host: contactAddress, port: servicePort, ipv6Only: true }, () =>
      // Connections inherit the listening socket's options.
      setSendBuffer(descriptorOf(this.#listener), sendBuffer),
    );
  }

  /** See `ServerLibrary`. A client's first route optimisation is waited for; without it there is no handoff. */
  clientHandoff(
    socket: net.Socket,
    acceptor: string,
    applicationState: Uint8Array | (() => Uint8Array),
    options: HandoffOptions = {},
  ): Promise<HandoffResult> {
    const client = ipv6(socket.remoteAddress ?? '::');
    const state =
      typeof applicationState === 'function'
        ? () => this.#guard.ask(socket, client, applicationState)
        : applicationState;
    return answerOf(async () => {
      const to = destination(acceptor, options);
      if (to.variant.stays === true) return { moved: false, socket: this.#stays(socket, client) };
      const back = await this.#departures.depart(client, { socket, applicationState: state }, to);
      return back === undefined ? { moved: true } : { moved: false, socket: back };
    });
  }

  /** See `ServerLibrary`. */
  moveClient(client: string, acceptor: string, options: HandoffOptions = {}): Promise<boolean> {
    return answerOf(async () => {
      const address = addressOf('client', client);
      const to = destination(acceptor, options);
      if (to.variant.stays === true || !this.#connections.has(address)) return false;
      return await this.handOff(address, to);
    });
  }

  get members(): readonly Ipv6Address[] {
    return this.#options.members();
  }

  /** See `ServerLibrary`; without membership there is nobody to choose. */
  chooseAcceptor(client: string): Promise<Ipv6Address | undefined> {
    return answerOf(async () => await this.#options.membership?.chooseAcceptor(addressOf('client', client)));
  }

  /** Clients that are served here, whose takeover is under way, or whose binding is being deleted. */
  get clients(): readonly Ipv6Address[] {
    const taking = [...this.#handoffs.accepting, ...(this.#survival?.taking ?? [])];
    return [...new Set([...this.#connections.keys(), ...this.#closing.leaving, ...taking])];
  }

  /** Ports of the client's live connections here. */
  portsOf(client: Ipv6Address): readonly number[] {
    return this.#connectionsOf(client).map(({ remotePort = 0 }) => remotePort);
  }

  /** The client has nothing here that could be handed off: its connections, if any, are being closed. */
  isClosing(client: Ipv6Address): boolean {
    return this.#connectionsOf(client).every((socket) => this.#closing.isClosing(socket));
  }

  /** See `PlainClientServiceOptions.delivers`. */
  delivers(socket: net.Socket): boolean {
    return this.#closing.delivers(socket);
  }

  /** Hands the client off with the states that the application gives; resolves when it is over; true: it has moved. */
  handOff(client: Ipv6Address, to: Destination): Promise<boolean> {
    return this.#departures.leave(client, to);
  }

  /** Leaves new connections of these clients, which other members have, unanswered until the next call. */
  keepOff(clients: readonly Ipv6Address[]): void {
    this.#elsewhere = clients;
    this.#keepOff();
  }

  /** This member is about to be the contact node. */
  inOffice(): void {
    this.#late.handle({ kind: 'in-office' });
  }

  /** Takes no handoff and no new connection from now on; those whose handshake is under way come still. */
  refuseClients(): void {
    this.#handoffs.refuse();
    this.#survival?.refuse('this member leaves');
    this.#held.holdAll();
  }

  clientState(listener: StateListener): void {
    this.#stateOf = listener;
  }

  resumable(content: ContentListener): void {
    this.#content = content;
  }

  clientReceive(listener: ClientListener): void {
    this.#receiver = listener;
  }

  clientSurvives(listener: SurvivorListener): void {
    this.#survivor = listener;
  }

  /** See `ServerLibrary`. */
  protect(
    socket: net.Socket,
    applicationState: Uint8Array,
    { sent = 0, input = 'unprotected' }: ProtectionOptions = {},
  ): Promise<Protection> {
    return answerOf(() => Promise.resolve(this.#protect(socket, applicationState, sent, input)));
  }

  prepare(socket: net.Socket, acceptor: string, options: Pick<HandoffOptions, 'variant'> = {}): boolean {
    const client = ipv6(socket.remoteAddress ?? '::');
    const to = destination(acceptor, options);
    return asMember(() => this.#handoffs.prepare(client, to.acceptor, to.variant))();
  }

  /** Route optimisation with a client that has no TCP connection: true when it has acknowledged the binding. */
  optimizeRoute(client: string): Promise<boolean> {
    return answerOf(async () => await this.#routes.optimize(addressOf('client', client)));
  }

  clientClose(socket: net.Socket): Promise<void> {
    return answerOf(() => this.#closing.close(socket));
  }

  onFrame(peer: Ipv6Address, frame: HandoffFrame | SurvivalFrame): void {
    if (!isSurvivalFrame(frame)) this.#handoffs.onFrame(peer, frame);
    else this.#survival?.onFrame(peer, frame);
  }

  onPeer(peer: Ipv6Address, change: PeerChange): void {
    this.#handoffs.onPeer(peer, change);
    this.#survival?.onPeer(peer, change);
  }

  /** Events of the mobile-node role that concern handoffs and closing clients. */
  onMobilityEvent(event: MobileNodeEvent): void {
    const answer = answerOfEvent(event);
    if (answer?.kind === 'routable') {
      const careOf = this.#options.mobility.careOfProof(answer.client);
      this.onAnswer(careOf === undefined ? answer : { ...answer, careOf });
    } else if (answer !== undefined) this.onAnswer(answer);
    else if (event.kind === 'binding-deleted') this.#closing.unbound(event.correspondent);
  }

  /** What has come of a step towards a client's binding, at the client or at the contact node in its place. */
  onAnswer(answer: AnswerOfClient): void {
    this.#handoffs.onAnswer(answer);
    this.#survival?.onAnswer(answer);
    if (this.#options.plain.isPlain(answer.client)) this.#survival?.notMobile(answer.client);
    const { kind, client } = answer;
    switch (kind) {
      case 'bound':
        this.#late.handle({ kind: 'came', client });
        this.#routes.settle(client, true);
        this.#tell('bound', client);
        return;
      case 'superseded':
      case 'refused':
      case 'unanswered':
        this.#routes.settle(client, false);
        this.#closing.unbound(client);
        return;
      case 'routable':
      case 'moved':
        return;
      default:
        kind satisfies never;
    }
  }

  get handoffs(): HandoffTally {
    return this.#handoffs.tally;
  }

  counters(): EventFields {
    const replicas = this.#survival && { replicasDiscarded: this.#survival.notAdmitted };
    return { handoffsDiscarded: this.#handoffs.notAdmitted, ...replicas };
  }

  /** The process ends: connections that are still here fall silent; those that their application has closed go on to their end. */
  close(): void {
    this.#closing.stop();
    this.#survival?.stop();
    this.#late.stop();
    this.#listener.close();
    for (const sockets of this.#connections.values())
      for (const socket of sockets) if (!socket.writableFinished) fallSilent(socket);
  }

  /** The application goes on as after a handoff that was not begun. */
  #stays(socket: net.Socket, client: Ipv6Address): net.Socket {
    this.#options.log.write('handoff-not-started', { client, reason: 'the variant leaves it here' });
    return socket;
  }

  #keepOff(): void {
    if (this.#listener.listening) this.#held.keepOff([...this.#left, ...this.#elsewhere]);
  }

  /** Leaves a client's new connections unanswered; when it has left meanwhile, those too that it began before. */
  #hold(client: Ipv6Address): () => void {
    const release = this.#held.hold(client);
    return () => {
      const { mobility, plain } = this.#options;
      const hasLeft = mobility.lastSequence(client) === undefined;
      if (hasLeft && !plain.holdsContact) this.#late.handle({ kind: 'left', client });
      release();
    };
  }

  #accept(socket: net.Socket): void {
    const client = ipv6(socket.remoteAddress ?? '::');
    if (this.#guard.stopped) {
      socket.destroy();
      return;
    }
    // A binding to this member would part it from its connections there; by the time it has tried again it has its binding again.
    if (this.#options.isElsewhere(client)) {
      this.#options.log.write('client-elsewhere', { client, port: socket.remotePort ?? 0 });
      socket.destroy();
      return;
    }
    if (!this.#options.plain.admits(socket, client)) return;
    this.#options.log.write('client-connected', { client, port: socket.remotePort ?? 0 });
    // Route optimisation runs beside the application's own exchange (paper §6.1).
    this.#count(socket, client);
    this.#closing.cameAgain(client);
    if (this.#options.plain.isPlain(client)) this.#routes.impossible(client);
    else this.#routes.connected(client, (this.#connections.get(client)?.size ?? 0) > 1);
    this.#tell('connected', client);
    this.#guard.serve(socket, client, () => this.#application.onConnection(socket, client));
  }

  /** Listeners are the application's code. */
  #tell<Name extends keyof ClientEvents>(name: Name, ...values: ClientEvents[Name]): void {
    if (this.events.listenerCount(name) === 0) return;
    try {
      this.#guard.begin(() => this.events.emit<Name>(name, ...(values as never)));
    } catch (error) {
      this.#guard.failed(error);
    }
  }

  /** Its clients get a reset, not silence; the contact address and everything else of the member stay. */
  #stopApplication(): void {
    this.#handoffs.refuse('the application here has been stopped');
    for (const sockets of [...this.#connections.values()])
      for (const socket of [...sockets]) socket.destroy();
    void this.closeApplication();
  }

  #guardedStates(): StateListener | undefined {
    const stateOf = this.#stateOf;
    if (stateOf === undefined || this.#guard.stopped) return undefined;
    return (socket) => this.#guard.ask(socket, ipv6(socket.remoteAddress ?? '::'), () => stateOf(socket));
  }

  /** An application that fails here, or whose answer is none, makes nothing again. */
  #guardedContent(): ContentListener | undefined {
    const content = this.#content;
    if (content === undefined || this.#guard.stopped) return undefined;
    return (state, octets) => {
      let made: unknown;
      try {
        this.#guard.begin(() => (made = content(state, octets)));
      } catch (error) {
        this.#guard.failed(error);
      }
      return made instanceof Uint8Array ? made : undefined;
    };
  }

  /** A connection from another member, which gave it. */
  #receive(socket: net.Socket, client: Ipv6Address, applicationState: Uint8Array): void {
    const receiver = this.#receiver;
    this.#goesOn(socket, client, receiver && (() => receiver(socket, applicationState, client)), () =>
      this.#tell('received', client),
    );
  }

  #protect(
    socket: net.Socket,
    state: Uint8Array,
    sent: number,
    input: NonNullable<ProtectionOptions['input']>,
  ): Protection | Promise<Protection> {
    if (!(state instanceof Uint8Array))
      throw new TypeError('the application state of a protected connection must be a Uint8Array');
    if (!Number.isInteger(sent) || sent < 0)
      throw new RangeError(`sent: expected octets that have been written, not ${sent}`);
    const reason = this.#whyNotProtected(socket, input);
    if (reason !== undefined) return { kind: 'unprotected', reason };
    return this.#survival!.protect(socket, ipv6(socket.remoteAddress ?? '::'), state, sent);
  }

  #whyNotProtected(socket: net.Socket, input: NonNullable<ProtectionOptions['input']>): string | undefined {
    if (this.#survival === undefined) return 'the group of the contact address has no replicas';
    if (input === 'gated')
      return 'input: gated is not built: what a client sends behind a checkpoint is lost with its member';
    if (socket.destroyed || socket.remoteAddress === undefined) return 'the connection has ended';
    if (!this.#options.plain.isPlain(ipv6(socket.remoteAddress))) return undefined;
    return NOT_MOBILE;
  }

  /** A connection of a member that has died, at this one. */
  #survives(socket: net.Socket, client: Ipv6Address, applicationState: Uint8Array, sent: number): void {
    const survivor = this.#survivor;
    this.#goesOn(socket, client, survivor && (() => survivor(socket, applicationState, client, { sent })));
  }

  /** A connection that began at another member; without an application for it, it ends. */
  #goesOn(
    socket: net.Socket,
    client: Ipv6Address,
    serve: (() => unknown) | undefined,
    tell = (): void => undefined,
  ): void {
    this.#count(socket, client);
    tell();
    if (serve !== undefined && !this.#guard.stopped) this.#guard.serve(socket, client, serve);
    else {
      this.#options.log.write('client-not-received', { client });
      socket.destroy();
    }
  }

  #connectionsOf(client: Ipv6Address): readonly net.Socket[] {
    return [...(this.#connections.get(client) ?? [])];
  }

  #count(socket: net.Socket, client: Ipv6Address): void {
    this.#options.plain.opened(socket, client);
    this.#late.handle({ kind: 'came', client });
    const live = this.#connections.get(client) ?? new Set();
    this.#connections.set(client, live.add(socket));
    this.#options.membership?.clientsChanged();
    const closed = asMember(() => {
      live.delete(socket);
      if (live.size === 0) {
        this.#connections.delete(client);
        this.#routes.forget(client);
        this.#handoffs.withdraw(client);
        this.#options.membership?.clientsChanged();
        this.#tell('left', client);
      }
      this.#closing.ended(socket, client);
    });
    socket.once('close', closed);
  }

  #createDepartures(): Departures {
    const { log, doneTimeoutMs, plain } = this.#options;
    return new Departures({
      log,
      doneTimeoutMs,
      connectionsOf: (client) => this.#connectionsOf(client),
      isClosing: (socket) => this.#closing.isClosing(socket),
      hindrance: async (client) => {
        const routed = await this.#routes.optimized(client);
        return routed || plain.isPlain(client) ? undefined : 'no route optimisation with the client';
      },
      prepare: (client, acceptor, variant) => this.#handoffs.prepare(client, acceptor, variant),
      withdraw: (client) => this.#handoffs.withdraw(client),
      cancel: (client, reason) => this.#handoffs.cancel(client, reason),
      donate: async (request) => {
        const outcomes = await this.#handoffs.donate(request);
        const known = this.#connectionsOf(request.client);
        for (const back of outcomes) {
          if (back instanceof net.Socket && !known.includes(back)) this.#count(back, request.client);
        }
        const moved = outcomes.every((outcome) => outcome === undefined);
        const stays = outcomes.some((outcome) => outcome instanceof net.Socket);
        if (moved || stays) this.#tell(moved ? 'moved' : 'stayed', request.client, request.acceptor);
        return outcomes;
      },
      stateOf: () => this.#guardedStates(),
      goOn: (socket, state, client) =>
        this.#guard.serve(socket, client, () => this.#receiver?.(socket, state, client)),
    });
  }
}
