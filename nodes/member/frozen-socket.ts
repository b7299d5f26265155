import net from 'node:net';
import { extract } from '../../linux/tcp/extract.ts';
import { closeSilently, freeze, unfreeze } from '../../linux/tcp/freeze.ts';
import { descriptorOf, startReading, stopReading } from '../../linux/tcp/node-socket.ts';
import { activate, type RestoredSocket, restore } from '../../linux/tcp/restore.ts';
import { decodeTcpState, encodeTcpState } from '../../linux/tcp/state-codec.ts';

/** A donor's socket around its freeze (paper §4.2): Node's socket object stays, the kernel's socket falls silent. */
export class DonorSocket {
  readonly #socket: net.Socket;
  readonly #descriptor: number;
  #frozen = false;

  constructor(socket: net.Socket) {
    this.#socket = socket;
    this.#descriptor = descriptorOf(socket);
  }

  /** Freezes the socket and gives its state in serialised form. Throws LabError. */
  freezeAndExtract(): Uint8Array {
    stopReading(this.#socket);
    freeze(this.#descriptor);
    this.#frozen = true;
    return encodeTcpState(extract(this.#descriptor));
  }

  /** Goes on as if nothing had been. */
  unfreeze(): void {
    if (!this.#frozen) return;
    unfreeze(this.#descriptor);
    this.#frozen = false;
    startReading(this.#socket);
  }

  /** Ends the frozen socket without a packet: closing in repair mode is silent. */
  discard(): void {
    this.#socket.destroy();
  }
}

/** An acceptor's re-created socket, frozen until the client sends to this member. */
export class AcceptedSocket {
  readonly #restored: RestoredSocket;

  /** Re-creates a socket from its serialised state. Throws LabError, DecodeError. */
  constructor(tcpState: Uint8Array, sendBuffer: number) {
    this.#restored = restore(decodeTcpState(tcpState), { sendBuffer });
  }

  /** Unfreezes the socket and makes a Node socket of it; what the donor had not sent yet is written first. */
  activate(): net.Socket {
    const { descriptor, unsent } = this.#restored;
    activate(descriptor);
    const socket = new net.Socket({ fd: descriptor, readable: true, writable: true });
    if (unsent.length > 0) socket.write(unsent);
    return socket;
  }

  /** Ends the frozen socket without a packet. */
  discard(): void {
    closeSilently(this.#restored.descriptor);
  }
}
