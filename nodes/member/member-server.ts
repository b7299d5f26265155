import type net from 'node:net';
import type { ApplicationHost, ServerApplication } from '../../applications/server-application.ts';
import type { ServerLibrary } from '../../applications/server-library.ts';
import { openConnections } from '../../linux/tcp/connection-table.ts';
import type { MobileNodeEvent } from '../../mip6/roles/mobile-node/mobile-node-types.ts';
import type { Ipv6Address } from '../../mip6/wire/address.ts';
import { type AnswerOfClient, answerOfEvent } from '../../server/bindings/client-bindings.ts';
import type { HandoffFrame } from '../../server/channel/channel-frames.ts';
import { isSurvivalFrame, type SurvivalFrame } from '../../server/successor/frames.ts';
import type { EventFields } from '../support/event-log.ts';
import type { PeerChange } from './channel.ts';
import { ClientConnections } from './client-connections.ts';
import { ClosingClients } from './closing-clients.ts';
import { createDepartures } from './create-departures.ts';
import type { Departures, Destination } from './departures.ts';
import { FirstRoutes } from './first-routes.ts';
import { Handoffs, type HandoffTally } from './handoffs.ts';
import { HostedApplication } from './hosted-application.ts';
import { MemberLibrary } from './member-library.ts';
import type { MemberServerOptions } from './member-server-options.ts';
import type { NewClients } from './new-clients.ts';
import { Reception } from './reception.ts';
import { fallSilent } from './silent-end.ts';
import { Survival } from './survival/survival.ts';

/** The ad hoc distributed server as one member runs it: its clients' connections, from the first to the last. */
export class MemberServer {
  /** for the application */
  readonly library: ServerLibrary;
  readonly #options: MemberServerOptions;
  readonly #hosted: HostedApplication;
  readonly #connections: ClientConnections;
  readonly #reception: Reception;
  readonly #handoffs: Handoffs;
  /** undefined without replicas */
  readonly #survival: Survival | undefined;
  readonly #departures: Departures;
  readonly #closing: ClosingClients;
  readonly #routes: FirstRoutes;

  constructor(options: MemberServerOptions, application: ServerApplication) {
    this.#options = options;
    const { applicationName: name, contactAddress, log, mobility, plain } = options;
    this.#hosted = new HostedApplication(application, {
      name,
      log,
      onStopped: () => this.#stopApplication(),
    });
    this.#connections = this.#createConnections();
    this.#routes = new FirstRoutes(mobility, (client) => plain.isPlain(client));
    this.#reception = new Reception({
      ...options,
      hosted: this.#hosted,
      connections: this.#connections,
      routes: this.#routes,
      onConnected: (client) => this.#closing.cameAgain(client),
    });
    const holdNewConnections = (client: Ipv6Address): (() => void) => this.#newClients.hold(client);
    this.#closing = new ClosingClients({
      ...options,
      isConnected: (client) => this.#connections.has(client),
      isConnecting: (client) => openConnections(contactAddress, client).length > 0,
      holdNewConnections,
    });
    this.#handoffs = new Handoffs({
      ...options,
      holdNewConnections,
      mobility: plain.bindings,
      onBeginning: (donor, frame) => plain.incoming(donor, frame),
      onClient: (socket, client, state) => this.#reception.received(socket, client, state),
      onFreezing: (client) => this.#survival?.leaving(client),
      onResumed: (client) => this.#survival?.staying(client),
      mayBeTakenOver: (client) => this.#survival?.mayBeTakenOver(client) ?? false,
      content: () => this.#hosted.contents(),
    });
    this.#survival = this.#createSurvival();
    this.#departures = this.#createDepartures();
    this.library = new MemberLibrary({
      options,
      hosted: this.#hosted,
      handoffs: this.#handoffs,
      departures: this.#departures,
      closing: this.#closing,
      routes: this.#routes,
      survival: this.#survival,
      isConnected: (client) => this.#connections.has(client),
      clients: () => this.clients,
    });
  }

  /** Gives the promise that the application gives, if any; an error in this is the member's end. */
  startApplication(host: Omit<ApplicationHost, 'signal'>): unknown {
    return this.#hosted.start(host);
  }

  /** Ends it, whatever it says to that; resolves when it says that it has ended. */
  closeApplication(): Promise<void> {
    return this.#hosted.close();
  }

  /** Takes clients at the contact address. */
  listen(): void {
    this.#reception.listen();
  }

  /** Clients that are served here, whose takeover is under way, or whose binding is being deleted. */
  get clients(): readonly Ipv6Address[] {
    const taking = [...this.#handoffs.accepting, ...(this.#survival?.taking ?? [])];
    return [...new Set([...this.#connections.clients, ...this.#closing.leaving, ...taking])];
  }

  /** Ports of the client's live connections here. */
  portsOf(client: Ipv6Address): readonly number[] {
    return this.#connections.of(client).map(({ remotePort = 0 }) => remotePort);
  }

  /** The client has nothing here that could be handed off: its connections, if any, are being closed. */
  isClosing(client: Ipv6Address): boolean {
    return this.#connections.of(client).every((socket) => this.#closing.isClosing(socket));
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
    this.#newClients.keepOff(clients);
  }

  /** This member is about to be the contact node. */
  inOffice(): void {
    this.#newClients.inOffice();
  }

  /** Takes no handoff and no new connection from now on; those whose handshake is under way come still. */
  refuseClients(): void {
    this.#handoffs.refuse();
    this.#survival?.refuse('this member leaves');
    this.#newClients.holdAll();
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
    // A holder knows what its client has accepted before the handoff that was waiting for it leaves it the client.
    if (answer.kind === 'bound') this.#survival?.onAnswer(answer);
    this.#handoffs.onAnswer(answer);
    if (answer.kind !== 'bound') this.#survival?.onAnswer(answer);
    if (this.#options.plain.isPlain(answer.client)) this.#survival?.notMobile(answer.client);
    const { kind, client } = answer;
    switch (kind) {
      case 'bound':
        this.#newClients.came(client);
        this.#routes.settle(client, true);
        this.#hosted.tell('bound', client);
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
    this.#reception.close();
    for (const socket of this.#connections.sockets) if (!socket.writableFinished) fallSilent(socket);
  }

  /** Its clients get a reset, not silence; the contact address and everything else of the member stay. */
  #stopApplication(): void {
    this.#handoffs.refuse('the application here has been stopped');
    for (const socket of this.#connections.sockets) socket.destroy();
    void this.closeApplication();
  }

  get #newClients(): NewClients {
    return this.#reception.newClients;
  }

  #createConnections(): ClientConnections {
    const { plain, membership } = this.#options;
    return new ClientConnections({
      onOpened: (socket, client) => {
        plain.opened(socket, client);
        this.#newClients.came(client);
      },
      onCounted: () => membership?.clientsChanged(),
      onLeft: (client) => {
        this.#routes.forget(client);
        this.#handoffs.withdraw(client);
        membership?.clientsChanged();
        this.#hosted.tell('left', client);
      },
      onEnded: (socket, client) => this.#closing.ended(socket, client),
    });
  }

  #createSurvival(): Survival | undefined {
    const { survival } = this.#options;
    if (survival === undefined) return undefined;
    return new Survival({
      ...this.#options,
      ...survival,
      connectionsOf: (client) => this.#connections.of(client),
      isArriving: (client) => this.#handoffs.isArriving(client),
      onSurvivor: (socket, client, state, sent) => this.#reception.survived(socket, client, state, sent),
    });
  }

  #createDepartures(): Departures {
    return createDepartures({
      ...this.#options,
      connections: this.#connections,
      closing: this.#closing,
      routes: this.#routes,
      handoffs: this.#handoffs,
      hosted: this.#hosted,
      whyStays: (client) => this.#survival?.whyStays(client),
    });
  }
}
