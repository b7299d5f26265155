import type { Ipv6Address } from '../../../mip6/wire/address.ts';
import type { ClientBindings } from '../mobility.ts';

/** Each client's bindings where they are kept: `of` says so anew at every call. */
export function bindingsBy(of: (client: Ipv6Address) => ClientBindings): ClientBindings {
  return {
    ask: (client, request) => of(client).ask(client, request),
    testHome: (client) => of(client).testHome(client),
    holdsHomeToken: (client) => of(client).holdsHomeToken(client),
    bindFor: (client, careOfAddress, proof, copies) =>
      of(client).bindFor(client, careOfAddress, proof, copies),
    stopOptimising: (client) => of(client).stopOptimising(client),
    suspend: (client) => of(client).suspend(client),
    resume: (client) => of(client).resume(client),
    forget: (client) => of(client).forget(client),
    handedOff: (client) => of(client).handedOff(client),
    lastSequence: (client) => of(client).lastSequence(client),
  };
}
