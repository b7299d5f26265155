import type { Config } from 'vega-lite';
import { fontFamily } from './font.ts';
import { faint, ink } from './palette.ts';

/** One look for all figures: light ground, text large enough to be read when the figure is 800 pixels wide. */
export const theme: Config = {
  background: 'white',
  font: fontFamily,
  padding: 12,
  view: { stroke: faint },
  axis: {
    labelFontSize: 13,
    titleFontSize: 14,
    titleFontWeight: 'normal',
    gridColor: faint,
    labelColor: ink,
    titleColor: ink,
    titlePadding: 8,
    labelFlush: false,
    tickCount: 8,
  },
  legend: {
    labelFontSize: 13,
    titleFontSize: 13,
    symbolSize: 160,
    labelLimit: 400,
    labelColor: ink,
    titleColor: ink,
    rowPadding: 4,
  },
  title: { fontSize: 16, anchor: 'start', subtitleFontSize: 13, subtitleColor: ink, color: ink, offset: 12 },
  header: { labelFontSize: 13, titleFontSize: 14, titleFontWeight: 'normal' },
};
