import type net from 'node:net';
import type * as z from 'zod/mini';
import { DownloadServer, type downloadServerConfig } from '../../../applications/download-server.ts';
import type { ApplicationHost, ServerApplication } from '../../../applications/server-application.ts';
import { UdpEchoServer } from '../../../applications/udp-echo-server.ts';

type Options = z.infer<typeof downloadServerConfig> & {
  /** an option of the socket that a handoff takes along; default: none */
  readonly keepAliveMs?: number;
};

/** Documents over TCP and, for exchanges without route optimisation, datagrams that are sent back. */
class Both implements ServerApplication {
  readonly #download: DownloadServer;
  readonly #echo = new UdpEchoServer({ kind: 'udp-echo', optimizeRoute: false });

  readonly #keepAliveMs: number | undefined;

  constructor({ keepAliveMs, ...config }: Options) {
    this.#download = new DownloadServer(config);
    this.#keepAliveMs = keepAliveMs;
  }

  start(host: ApplicationHost): void {
    this.#download.start(host);
    this.#echo.start(host);
  }

  onConnection(socket: net.Socket): void {
    if (this.#keepAliveMs !== undefined) socket.setKeepAlive(true, this.#keepAliveMs);
    this.#download.onConnection(socket);
  }

  close(): void {
    this.#echo.close();
  }
}

export default (options: Options): ServerApplication => new Both(options);
