import type { compile as Compile, TopLevelSpec } from 'vega-lite';
import { captionOf, headlineOf } from './findings.ts';
import { type Html, html, inlineSvg } from './html.ts';
import { linkTo } from './links.ts';
import type { Drawing, ReportedExperiment } from './load.ts';
import { rawJson } from './raw.ts';

const zoom = { select: 'interval', bind: 'scales' };

/** A drawing with the finding as its title, the axes and the command that makes it below; explorable where it was drawn from a specification. */
export function figure(
  experiment: ReportedExperiment,
  drawing: Drawing,
  base: string,
  compile: typeof Compile | undefined,
): Html {
  const name = `${experiment.id}-${drawing.id}`;
  const headline = headlineOf(experiment, drawing.id);
  const spec = explorable(drawing.spec, compile);
  const explore =
    spec === undefined
      ? ''
      : html`<button type="button" class="explore" hidden aria-describedby="${name}-title" data-for="${name}">Explore: zoom, values</button>
<script type="application/json" id="${name}-spec">${rawJson(spec)}</script>`;
  const files = ['svg', 'png', 'vl.json'].map((kind) => `plots/${drawing.id}.${kind}`);
  const links = [...files, 'summary.csv'].flatMap((file) => linkTo(experiment, base, file));
  return html`<figure id="${name}" aria-labelledby="${name}-title">
<h3 class="headline" id="${name}-title">${headline}</h3>
<div class="drawing" role="region" tabindex="0" aria-label="drawing: ${headline}">${labelled(inlineSvg(drawing.svg, name), headline)}</div>
${explore}
<figcaption>${captionOf(experiment, drawing.id)}. <code>${commandOf(experiment)}</code>${links.length > 0 ? ' · ' : ''}${links}</figcaption></figure>
`;
}

/** The command that measures and draws it. */
function commandOf({ manifest, known, id }: ReportedExperiment): string {
  const { profile, seed, clock, settings } = manifest;
  const set = Object.entries((settings ?? {}) as Readonly<Record<string, readonly number[]>>);
  const words = ['bin/handoff-lab run', known?.id ?? id, `--profile ${profile}`, `--seed ${seed}`];
  if (clock !== undefined && clock !== 'virtual') words.push(`--clock ${clock}`);
  return [...words, ...set.map(([name, values]) => `--set ${name}=${values.join(',')}`)].join(' ');
}

/** For whoever hears the page: one picture with a name, not each of its marks. */
function labelled(svg: Html, label: string): Html {
  const text = html`${label}`.text;
  return svg.replaced(/^<svg\b([^>]*)>/, (attributes) => {
    const rest = attributes.replace(/\s(?:role|aria-[a-z]+)="[^"]*"/g, '');
    return `<svg${rest} role="img" aria-label="${text}">`;
  });
}

/** The Vega specification with values under the pointer and, where both axes are numbers, zoom; undefined where there is none. */
function explorable(spec: unknown, compile: typeof Compile | undefined): unknown {
  if (typeof spec !== 'object' || spec === null || compile === undefined) return undefined;
  try {
    return compile(withInteraction(structuredClone(spec) as Unit) as unknown as TopLevelSpec).spec;
  } catch {
    return undefined;
  }
}

interface Unit {
  mark?: string | { type: string; tooltip?: unknown };
  encoding?: Readonly<Record<string, { readonly type?: string }>>;
  params?: unknown[];
  layer?: Unit[];
  spec?: Unit;
  vconcat?: Unit[];
  hconcat?: Unit[];
}

/** `name`: several views of one figure zoom each by itself. */
function withInteraction(spec: Unit, name = 'zoom'): Unit {
  const inner = [spec.spec, ...(spec.vconcat ?? []), ...(spec.hconcat ?? [])].flatMap((each) => each ?? []);
  if (inner.length > 0) {
    for (const [index, each] of inner.entries()) withInteraction(each, `${name}${index}`);
    return spec;
  }
  const units = spec.layer ?? [spec];
  for (const unit of units)
    if (typeof unit.mark === 'object') unit.mark = { ...unit.mark, tooltip: { content: 'data' } };
  const last = units.findLast(({ encoding }) =>
    ['x', 'y'].every((axis) => encoding?.[axis]?.type === 'quantitative'),
  );
  if (last !== undefined) last.params = [{ name, ...zoom }];
  return spec;
}
