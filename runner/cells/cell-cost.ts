import type { Cell } from '../cells.ts';
import type { PreparedCell } from './prepared-cell.ts';

/*
 * Seconds of processor time, fitted to cells of every kind in profile `paper`, and to all of `quick` on a machine with little else to do (docs/scale.md).
 */
/** Kernel, network and capture; each program that starts; each member beside that; each two of them, which join by a channel. */
const start = { lab: 0.5, program: 0.095, member: 0.19, pair: 0.11 };
const echo = 0.003;
const perByte = 25e-9;
/** A handoff beside the download in which it is, and the analysis of both */
const handoff = 0.027;
/** A client that wakes for what arrives, not for a quarter of a megabyte: curl, and the clients of a churn. */
const wakingClient = { session: 0.05, perByte: 0.16e-6 };
/** Of the front end's sessions: each client is a connection, which crosses the router twice. */
const frontSession = 0.03;
/** Probes that are sent in bursts: for each, and for each burst. */
const probe = 25e-6;
const burst = 0.2e-3;
/** A takeover's client sends by the clock, in the time of suspicion and about so long beside it: for each datagram and its answer. */
const datagram = 0.2e-3;
const besideSuspicionMs = 5000;
/** A member that comes or goes: of the first part of a churn's minute, see procedures/churn.ts. */
const coming = 0.18;
const restlessMinutes = 16 / 60;
/** What a clock costs that goes on while programs compute: they ask the lab's kernel for the time, which in virtual time stands still and can be read without it. */
const realClock = 1.25;

/** About how much processor time a cell takes: the lab, its programs and the reading of its capture; seconds on a machine as docs/scale.md says. */
export function processorSecondsOf({ cell, plan }: Pick<PreparedCell, 'cell' | 'plan'>): number {
  const programs = [...plan.daemons.flat(), ...(plan.conducted ?? []), plan.driver];
  const members = programs.filter(({ program }) => program === 'member').length;
  const { lab, program, member, pair } = start;
  const starting =
    lab + program * programs.length + member * members + (pair * members * Math.max(0, members - 1)) / 2;
  const seconds = starting + cell.repetitions * secondsOfSession(cell, plan.driver.program);
  return cell.clock === 'virtual' ? seconds : seconds * realClock;
}

function secondsOfSession({ parameters, variant }: Cell, driver: string): number {
  const { bytes = 0, clients = 1, packets = 0, pairs = 3, perMinute = 0, contactAddresses = 1 } = parameters;
  const { everyMs, suspectMs = 0 } = parameters;
  const probes = packets * pairs * (probe + burst / (parameters.burst ?? 1));
  if (everyMs !== undefined) return (datagram * (suspectMs + besideSuspicionMs)) / everyMs;
  if (perMinute > 0) return perMinute * restlessMinutes * coming + clients * bytes * wakingClient.perByte;
  if (driver === 'curl-client')
    return wakingClient.session * contactAddresses + bytes * wakingClient.perByte + probes;
  if (parameters.service !== undefined) return clients * (frontSession + 2 * bytes * perByte);
  return echo + clients * bytes * perByte + (variant === '' ? 0 : handoff) + probes;
}
