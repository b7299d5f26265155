import type { Ipv6Address } from '../../../mip6/wire/address.ts';
import type { ClientBindings } from '../mobility.ts';

/** Each client's bindings where they are kept: `of` says so anew at every call. */
export function bindingsBy(of: (client: Ipv6Address) => ClientBindings): ClientBindings {
  return {
    startReturnRoutability: (client, home) => of(client).startReturnRoutability(client, home),
    bindAsAcceptor: (client, lastSequence, insists, how) =>
      of(client).bindAsAcceptor(client, lastSequence, insists, how),
    bindAgain: (client, how) => of(client).bindAgain(client, how),
    adopt: (client, sequence) => of(client).adopt(client, sequence),
    renew: (client) => of(client).renew(client),
    contest: (client, sequence) => of(client).contest(client, sequence),
    reclaim: (client, sequence) => of(client).reclaim(client, sequence),
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
