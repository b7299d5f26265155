import { Resvg } from '@resvg/resvg-js';
import * as vega from 'vega';
import { compile, type TopLevelSpec } from 'vega-lite';
import { fontFiles, textWidth } from './font.ts';

const pngScale = 2;

/** An SVG of the figure, the same octets for the same specification. No browser, canvas or system font takes part. */
export async function renderSvg(spec: TopLevelSpec): Promise<string> {
  measureTextByFont();
  vega.resetSVGDefIds();
  const view = new vega.View(vega.parse(compile(spec).spec), { renderer: 'none' });
  try {
    return await view.toSVG();
  } finally {
    view.finalize();
  }
}

/** The SVG as a PNG at twice its size. */
export function renderPng(svg: string): Uint8Array {
  const font = {
    loadSystemFonts: false,
    fontFiles: [...fontFiles],
    defaultFontFamily: 'DejaVu Sans',
    sansSerifFamily: 'DejaVu Sans',
  };
  const resvg = new Resvg(svg, { font, fitTo: { mode: 'zoom', value: pngScale }, background: 'white' });
  return resvg.render().asPng();
}

interface TextItem {
  readonly text?: unknown;
  readonly fontSize?: number;
  readonly fontWeight?: string | number;
}

/** Vega without a canvas guesses 0.8 em per character, which spreads legends too far; `textMetrics` is exported but not typed. */
function measureTextByFont(): void {
  const { textMetrics } = vega as unknown as {
    textMetrics: { width: (item: TextItem, line?: unknown) => number };
  };
  textMetrics.width = (item, line) =>
    textWidth(
      String(line ?? item.text ?? '').trim(),
      item.fontSize ?? 11,
      item.fontWeight === 'bold' || Number(item.fontWeight) >= 600,
    );
}
