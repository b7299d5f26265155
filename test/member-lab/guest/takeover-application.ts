import type net from 'node:net';
import type * as z from 'zod/mini';
import { DownloadServer, type downloadServerConfig } from '../../../nodes/applications/download-server.ts';
import type { ApplicationHost, ServerApplication } from '../../../nodes/applications/server-application.ts';
import { UdpEchoServer } from '../../../nodes/applications/udp-echo-server.ts';

/** Documents over TCP and, for exchanges without route optimisation, datagrams that are sent back. */
class Both implements ServerApplication {
  readonly #download: DownloadServer;
  readonly #echo = new UdpEchoServer({ kind: 'udp-echo', optimizeRoute: false });

  constructor(config: z.infer<typeof downloadServerConfig>) {
    this.#download = new DownloadServer(config);
  }

  start(host: ApplicationHost): void {
    this.#download.start(host);
    this.#echo.start(host);
  }

  onConnection(socket: net.Socket): void {
    this.#download.onConnection(socket);
  }

  close(): void {
    this.#echo.close();
  }
}

export default (config: z.infer<typeof downloadServerConfig>): ServerApplication => new Both(config);
