import type { SocketEndpoint } from '../socket-address.ts';
import type { MovedOptions } from './movable-options.ts';

/** Sequence numbers and windows as TCP_REPAIR_WINDOW has them; windows in octets, already scaled. */
export interface TcpWindow {
  /** sequence number of the segment that last updated the send window (RFC 9293 SND.WL1) */
  readonly lastUpdateSequence: number;
  /** octets the peer takes from `sendUnacknowledged` on (SND.WND) */
  readonly send: number;
  /** the largest send window the peer ever offered */
  readonly largestSend: number;
  /** octets we offered (RCV.WND) */
  readonly receive: number;
  /** RCV.NXT when we last told our window */
  readonly receiveUpdate: number;
}

/** Octets of a queue that whoever made them can make again. */
interface AbsentOctets {
  readonly sent: number;
  readonly unsent: number;
  /** see `digestOf`; 8 octets */
  readonly digest: Uint8Array;
}

/**
 * A TCP connection at rest that this end has not closed: all that another machine needs to go on with it.
 * Sequence numbers and the timestamp are 32 bits and wrap.
 */
export interface TcpConnectionState {
  /** our end; for a server of this project the contact address */
  readonly local: SocketEndpoint;
  readonly remote: SocketEndpoint;
  /** SND.UNA: sequence number of the first octet of `sent` */
  readonly sendUnacknowledged: number;
  /** sequence number behind the last octet of `received`: RCV.NXT, or one less when the peer's FIN has come, which counts one */
  readonly receiveNext: number;
  /** the peer has closed its side, right behind `received` (CLOSE-WAIT, else ESTABLISHED) */
  readonly receivedFin: boolean;
  /** octets arrived and acknowledged, not yet read by the application */
  readonly received: Uint8Array;
  /** octets sent and not yet acknowledged: [SND.UNA, SND.NXT) */
  readonly sent: Uint8Array;
  /** octets written by the application and never sent */
  readonly unsent: Uint8Array;
  /** `sent` and `unsent` are not here but elsewhere, and empty: how many octets they have, and what shows that others are the same */
  readonly absent?: AbsentOctets;
  /** the lower of the two ends' announced maximum segment sizes, without options */
  readonly maximumSegmentSize: number;
  /** shift counts 0…14, both or none (RFC 7323 §2) */
  readonly windowScale: { readonly send: number; readonly receive: number } | undefined;
  readonly selectiveAcknowledgement: boolean;
  /** our timestamp clock in ms when the state was taken; undefined when timestamps are off (RFC 7323 §3) */
  readonly timestamp: number | undefined;
  readonly window: TcpWindow;
  /** The peer has been told that it may send nothing, whatever `window` offers: it waits to be told otherwise. */
  readonly windowClosed?: true;
  /** TCP_NODELAY */
  readonly noDelay: boolean;
  /** what else the application has set; of sockets that it left alone, empty */
  readonly options: MovedOptions;
}
