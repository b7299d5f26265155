import { constants, openSync } from 'node:fs';
import net from 'node:net';
import { createInterface } from 'node:readline';
import { ipv6, isIpv6 } from '../mip6/wire/address.ts';
import type { ApplicationHost, ServerApplication } from './server-application.ts';

/**
 * An application whose clients are handed off as well when somebody outside asks for it: each line of a FIFO is the care-of address of the
 * member that all clients of this one shall go to. The application's `clientState` listener gives their states. To the acceptor itself
 * the line is nothing.
 */
export class OrderedHandoffs implements ServerApplication {
  readonly #application: ServerApplication;
  readonly #fifo: string;

  /** `fifo`: absolute path of one that is there */
  constructor(application: ServerApplication, fifo: string) {
    this.#application = application;
    this.#fifo = fifo;
  }

  async start(host: ApplicationHost): Promise<void> {
    await this.#application.start(host);
    // Open for writing too: so it does not end with a writer.
    const fd = openSync(this.#fifo, constants.O_RDWR | constants.O_NONBLOCK);
    const orders = new net.Socket({ fd, readable: true, writable: false });
    host.signal.addEventListener('abort', () => orders.destroy(), { once: true });
    createInterface({ input: orders }).on('line', (line) => this.#order(host, line.trim()));
  }

  onConnection(...[socket, client]: Parameters<ServerApplication['onConnection']>): void {
    this.#application.onConnection(socket, client);
  }

  async close(): Promise<void> {
    if (this.#application.close !== undefined) await this.#application.close();
    else await this.#application[Symbol.asyncDispose]?.();
  }

  #order({ server, careOfAddress, log }: ApplicationHost, acceptor: string): void {
    if (!isIpv6(acceptor)) {
      log.write('handoff-order-refused', { order: acceptor, reason: 'it is no IPv6 address' });
      return;
    }
    if (ipv6(acceptor) === careOfAddress) return;
    for (const client of server.clients) {
      log.write('handoff-ordered', { client, acceptor });
      void server.moveClient(client, acceptor).then((moved) => {
        if (!moved) log.write('ordered-handoff-failed', { client, acceptor });
      });
    }
  }
}
