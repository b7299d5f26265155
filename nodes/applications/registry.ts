import * as z from 'zod/mini';
import { DownloadServer, downloadServerConfig } from './download-server.ts';
import type { ServerApplication } from './server-application.ts';
import { UdpEchoServer, udpEchoServerConfig } from './udp-echo-server.ts';
import { WebServer, webServerConfig } from './web-server.ts';

/** What a member may be told to serve: `kind` names the application, the rest is its own. */
export const applicationConfig = z.discriminatedUnion('kind', [
  downloadServerConfig,
  udpEchoServerConfig,
  webServerConfig,
]);

export type ApplicationConfig = z.infer<typeof applicationConfig>;

/** Makes the application that a configuration asks for. */
export function createApplication(config: ApplicationConfig): ServerApplication {
  switch (config.kind) {
    case 'download':
      return new DownloadServer(config);
    case 'udp-echo':
      return new UdpEchoServer(config);
    case 'web':
      return new WebServer(config);
    default:
      return config satisfies never;
  }
}
