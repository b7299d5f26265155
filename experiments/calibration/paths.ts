/** The directed paths: the latency that each is given, by its parameter, and whether it is probed in cells of one pair too. */
export const paths = [
  { from: 'client', to: 'node1', own: 'cs1Ms', always: true },
  { from: 'node1', to: 'client', own: 'cs1Ms', always: true },
  { from: 'client', to: 'node2', own: 'cs2Ms', always: false },
  { from: 'node2', to: 'client', own: 'cs2Ms', always: false },
  { from: 'node1', to: 'node2', own: 'ssMs', always: false },
  { from: 'node2', to: 'node1', own: 'ssMs', always: false },
] as const;
export type Path = (typeof paths)[number];

export const latencies = [
  { parameter: 'cs1Ms', symbol: 'L_CS1' },
  { parameter: 'cs2Ms', symbol: 'L_CS2' },
  { parameter: 'ssMs', symbol: 'L_SS' },
] as const;

export function symbolOf({ own }: Path): string {
  return latencies.find(({ parameter }) => parameter === own)!.symbol;
}

export function delayMeasure({ from, to }: Path): string {
  return `delay-${from}-${to}`;
}
