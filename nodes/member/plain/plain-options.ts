import type net from 'node:net';
import type { Ipv6Address } from '../../../mip6/wire/address.ts';
import type { AnswerOfClient } from '../../../server/bindings/client-bindings.ts';
import type { ClientKindsPlan } from '../../../server/plain/client-kinds.ts';
import type { ForwardingFrame } from '../../../server/plain/forwarding-frames.ts';
import type { Flow } from '../../../server/plain/plain-clients.ts';
import type { EventWriter } from '../../support/event-log.ts';
import type { ClientBindings } from '../mobility.ts';
import type { Forwarder } from './forwarder.ts';

export interface PlainClientServiceOptions {
  readonly careOfAddress: Ipv6Address;
  readonly contactAddress: Ipv6Address;
  readonly servicePort: number;
  readonly kinds: ClientKindsPlan;
  /** bindings of all other clients */
  readonly mobility: ClientBindings;
  readonly forwarder: Forwarder;
  readonly log: EventWriter;
  /** undefined while none is known */
  contactNode(): Ipv6Address | undefined;
  /** This member is the contact node, by its home agent's word. */
  inOffice(): boolean;
  send(peer: Ipv6Address, frame: ForwardingFrame): boolean;
  /** Connections that this member has by its kernel, in whatever state. */
  live(): readonly Flow[];
  /**
   * A socket that has closed is in the kernel's hands, which has octets of it for the client: 'client-left' on it tells when the client has
   * them. Default: none is.
   */
  delivers?(socket: net.Socket): boolean;
  /** The client has acknowledged a binding to this member: its packets come here without the contact node. */
  isBound(client: Ipv6Address): boolean;
  /** Answers to what `bindings` was asked for clients without Mobile IPv6. */
  onAnswer(answer: AnswerOfClient): void;
}
