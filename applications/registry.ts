import * as z from 'zod/mini';
import { DownloadServer, downloadServerConfig } from './download-server.ts';
import { embeddedApplication, embeddedApplicationConfig } from './embedded-application.ts';
import { ItineraryAndEcho, itineraryAndEchoConfig } from './itinerary-and-echo.ts';
import { ItineraryServer, itineraryServerConfig } from './itinerary-server.ts';
import { loadApplication, moduleApplicationConfig } from './module-application.ts';
import type { ServerApplication } from './server-application.ts';
import { SessionServer, sessionServerConfig } from './session-server.ts';
import { UdpEchoServer, udpEchoServerConfig } from './udp-echo-server.ts';
import { UploadServer, uploadServerConfig } from './upload-server.ts';
import { WebServer, webServerConfig } from './web-server.ts';

/** What a member may be told to serve: `kind` names the application, the rest is its own. */
export const applicationConfig = z.discriminatedUnion('kind', [
  downloadServerConfig,
  embeddedApplicationConfig,
  itineraryServerConfig,
  itineraryAndEchoConfig,
  moduleApplicationConfig,
  sessionServerConfig,
  udpEchoServerConfig,
  uploadServerConfig,
  webServerConfig,
]);

export type ApplicationConfig = z.infer<typeof applicationConfig>;

/** How the log calls it: its kind, or the file that it comes from. */
export function applicationName(config: ApplicationConfig): string {
  return config.kind === 'module' ? (config.name ?? config.file) : config.kind;
}

/** Makes the application that a configuration asks for. Throws LabError when it is a module that cannot be used. */
export function createApplication(config: ApplicationConfig): ServerApplication {
  switch (config.kind) {
    case 'download':
      return new DownloadServer(config);
    case 'embedded':
      return embeddedApplication();
    case 'itinerary':
      return new ItineraryServer();
    case 'itinerary-and-echo':
      return new ItineraryAndEcho();
    case 'module':
      return loadApplication(config);
    case 'session':
      return new SessionServer(config);
    case 'udp-echo':
      return new UdpEchoServer(config);
    case 'upload':
      return new UploadServer(config);
    case 'web':
      return new WebServer(config);
    default:
      return config satisfies never;
  }
}
