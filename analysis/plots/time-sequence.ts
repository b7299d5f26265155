import { fontFamily } from './font.ts';
import { placeLabels } from './label-placement.ts';
import { cycle, palette } from './palette.ts';
import type { Sequence, SequenceMessage } from './sequence.ts';
import {
  arrowMark,
  arrowOf,
  breakMark,
  fontSize,
  heading,
  labelText,
  lifeline,
  noteMark,
  spanMark,
  timeAxis,
} from './sequence-marks.ts';
import { makeScale, width } from './sequence-scale.ts';
import { lanesOf, waitBox, waitMark } from './sequence-waits.ts';

/** A time-sequence diagram as SVG: a vertical line per node, time downwards to scale, an arrow slanted by its latency. */
export function timeSequenceSvg(sequence: Sequence): string {
  const scale = makeScale(sequence);
  const arrows = sequence.messages.map((message) => arrowOf(message, scale));
  const groups = sequence.groups ?? [...new Set(sequence.messages.map((message) => message.group ?? ''))];
  const colour = (message: SequenceMessage) => cycle(palette, groups.indexOf(message.group ?? ''));
  const waits = lanesOf(sequence.waits ?? [], scale);
  const boxes = waits.map(({ wait, lane }) => waitBox(wait, lane, scale));
  const parts = [
    heading(sequence),
    ...sequence.lifelines.map((name) => lifeline(name, sequence.roles?.[name], scale)),
    timeAxis(scale),
    ...(scale.quiet === undefined ? [] : [breakMark(scale.quiet, scale, sequence.lifelines, boxes)]),
    ...sequence.messages.map((message, i) =>
      arrowMark(arrows[i]!, colour(message), message.arrives === undefined),
    ),
    // Upright words are read across arrows.
    ...waits.map(({ wait, lane }) => waitMark(wait, lane, scale)),
    ...placeLabels(arrows, fontSize, boxes).map((label, i) =>
      labelText(label, colour(sequence.messages[i]!)),
    ),
    ...(sequence.notes ?? []).map((note) => noteMark(note, scale)),
    ...(sequence.spans ?? []).map((span) => spanMark(span, scale)),
  ];
  const open = `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${scale.height}" viewBox="0 0 ${width} ${scale.height}"`;
  return `${open} font-family="${fontFamily}" font-size="${fontSize}">\n<rect width="100%" height="100%" fill="white"/>\n${parts.join('\n')}\n</svg>\n`;
}
