import { Counter, Gauge, Registry } from 'prom-client';
import type { Measured } from './observed.ts';

const PREFIX = 'handoff_lab_';

/** The text that Prometheus reads: made anew at each question, so that nothing is kept or timed in between. */
export async function prometheusText(
  metrics: readonly Measured[],
): Promise<{ readonly type: string; readonly text: string }> {
  const registry = new Registry();
  for (const { name, help, type, values } of metrics) {
    const labelNames = [...new Set(values.flatMap(({ labels = {} }) => Object.keys(labels)))];
    const settings = { name: `${PREFIX}${name}`, help, labelNames, registers: [registry] };
    if (type === 'gauge') {
      const gauge = new Gauge(settings);
      for (const { labels = {}, value } of values) gauge.set(labels, value);
    } else {
      const counter = new Counter(settings);
      for (const { labels = {}, value } of values) counter.inc(labels, value);
    }
  }
  return { type: registry.contentType, text: await registry.metrics() };
}
