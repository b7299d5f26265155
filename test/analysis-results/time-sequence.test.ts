import assert from 'node:assert/strict';
import { test } from 'node:test';
import { textWidth } from '../../analysis/plots/font.ts';
import { type Arrow, placeLabels } from '../../analysis/plots/label-placement.ts';
import { renderPng } from '../../analysis/plots/render.ts';
import { timeSequenceSvg } from '../../analysis/plots/time-sequence.ts';

test('a time-sequence diagram: time to scale, arrows slanted by latency, a cross where a message was lost', () => {
  const svg = timeSequenceSvg({
    title: 'Handoff <&>',
    lifelines: ['client', 'node1', 'node2'],
    messages: [
      { t: 0, arrives: 40, from: 'client', to: 'node1', label: 'ACK' },
      { t: 40, arrives: 60, from: 'node1', to: 'node2', label: 'Init' },
      { t: 60, from: 'node2', to: 'client', label: 'Binding Update' },
      { t: 60, arrives: 100, from: 'node2', to: 'client', label: 'data' },
    ],
    notes: [{ t: 40, at: 'node1', label: 'frozen' }],
  });
  const lines = [
    ...svg.matchAll(
      /<line x1="([\d.]+)" y1="([\d.]+)" x2="([\d.]+)" y2="([\d.]+)" stroke="#\w+" stroke-width="1.6"/g,
    ),
  ];
  const drops = lines.map((line) => Number(line[4]) - Number(line[2]));
  assert.equal(lines.length, 4);
  assert.ok(
    Math.abs(drops[0]! / drops[1]! - 2) < 0.01,
    'an arrow of 40 ms falls twice as far as one of 20 ms',
  );
  assert.equal(drops[2], 0);
  assert.ok(svg.includes('×') && svg.includes('Handoff &lt;&amp;&gt;') && svg.includes('frozen'));
  assert.deepEqual(renderPng(svg), renderPng(svg));
});

test('what waits is a bar from when its sender had it; what waits at once stands beside it, and labels keep off', () => {
  const svg = timeSequenceSvg({
    title: 'Waits',
    lifelines: ['client', 'node1', 'node2'],
    messages: [
      { t: 100, arrives: 120, from: 'node1', to: 'node2', label: 'Prepare' },
      { t: 120, arrives: 180, from: 'node2', to: 'client', label: 'CoTI' },
      { t: 270, arrives: 310, from: 'node1', to: 'client', label: 'last data' },
    ],
    waits: [
      { at: 'node1', from: 0, to: 270, label: 'data: 270 ms' },
      { at: 'node1', from: 5, to: 100, label: 'Prepare: 95 ms' },
      { at: 'node1', from: 140, to: 230, label: 'HoTI: 90 ms' },
    ],
  });
  const bars = [
    ...svg.matchAll(/<rect x="([\d.]+)" y="([\d.]+)" width="6" height="([\d.]+)" fill="#999999"/g),
  ].map((bar) => bar.slice(1).map(Number));
  const [data, prepare, homeTest] = bars as [number[], number[], number[]];
  assert.equal(bars.length, 3);
  assert.ok(Math.abs(data[2]! / prepare[2]! - 270 / 95) < 0.01, 'to scale');
  assert.ok(prepare[0]! > data[0]!, 'beside each other');
  assert.equal(homeTest[0], prepare[0], 'where there is room again');
  const node1 = data[0]! - 3;
  const label = /<text x="([\d.]+)"[^>]*>CoTI</.exec(svg)!;
  assert.ok(Math.abs(Number(label[1]) - node1) > 20, 'its middle would be on the bar');
});

test('text is as wide as the font’s own tables say', () => {
  // FreeType’s reading of DejaVuSans.ttf: 2048 units per em; W 2025, i 569, · 651.
  assert.equal(textWidth('W', 2048), 2025);
  assert.equal(textWidth('i', 2048), 569);
  assert.equal(textWidth('Wi·', 2048), 2025 + 569 + 651);
});

test('labels of arrows that leave together do not lie on each other, nor on their heads', () => {
  const arrows: readonly Arrow[] = [200, 204, 208, 212].map((y) => ({
    x1: 600,
    y1: y,
    x2: 100,
    y2: y + 40,
    label: 'Binding Update',
  }));
  const labels = placeLabels(arrows, 12);
  const width = textWidth('Binding Update', 12);
  for (const [i, a] of labels.entries()) {
    assert.ok(Math.abs(a.degrees) < 90);
    for (const b of labels.slice(i + 1))
      assert.ok(Math.abs(a.x - b.x) >= width || Math.abs(a.y - b.y) >= 12, `${a.x},${a.y} ${b.x},${b.y}`);
  }
});

test('a time in which nothing passes is left out where it is longer than all the rest, and said', () => {
  const drawn = (second: number) =>
    timeSequenceSvg({
      title: 'Prepared early',
      lifelines: ['client', 'node1'],
      messages: [
        { t: 0, arrives: 40, from: 'node1', to: 'client', label: 'Prepare' },
        { t: second, arrives: second + 40, from: 'node1', to: 'client', label: 'Init' },
      ],
    });
  const drops = (svg: string) =>
    [...svg.matchAll(/<line x1="\S+" y1="(\S+)" x2="\S+" y2="(\S+)" stroke="#\w+" stroke-width="1.6"/g)].map(
      ([, y1, y2]) => Number(y2) - Number(y1),
    );
  const broken = drawn(2000);
  assert.match(broken, />nothing of this for 1960 ms</);
  const [first, second] = drops(broken);
  assert.ok(Math.abs(first! - second!) < 0.01 && first! > 100, 'both parts have one scale');
  assert.ok(!/>(500|1000|1500)</.test(broken), 'no hour is struck within');
  assert.ok(/>2000</.test(broken) || />2020</.test(broken), 'behind it time goes on as measured');
  const whole = drawn(110);
  assert.ok(!whole.includes('nothing of this'), '70 of 150 ms are less than the rest');
});

/** Of each text that is turned upright: where its middle is, and half of what it takes from top to bottom. */
function upright(svg: string) {
  const words = svg.matchAll(
    /<text x="([\d.]+)" y="([\d.]+)"[^>]*font-size="11"[^>]*rotate\(-90 [^>]*>([^<]*)</g,
  );
  return [...words].map(([, x, y, label]) => ({
    x: Number(x),
    y: Number(y),
    half: textWidth(label!.replaceAll('&gt;', '>'), 11) / 2,
    label: label!,
  }));
}

test('upright words that are longer than their bars stand beside each other, and none leaves the page', () => {
  const svg = timeSequenceSvg({
    title: 'Short waits',
    lifelines: ['client', 'node1', 'node2'],
    messages: [
      { t: 0, arrives: 40, from: 'node1', to: 'client', label: 'HoTI' },
      { t: 60, arrives: 100, from: 'node1', to: 'client', label: 'HoT' },
      { t: 2000, arrives: 2040, from: 'node1', to: 'client', label: 'last data' },
      { t: 2052, arrives: 2060, from: 'node1', to: 'node2', label: 'Done' },
    ],
    waits: [
      { at: 'node1', from: 0, to: 10, label: 'HoT: 10 ms, and a good many more words' },
      { at: 'node1', from: 1998, to: 2000, label: 'last send() → last data: 270 ms' },
      { at: 'node1', from: 2050, to: 2052, label: 'Done: 2 ms, of which nobody knows why' },
    ],
  });
  const words = upright(svg);
  assert.equal(words.length, 3);
  const height = Number(/height="(\d+)"/.exec(svg)![1]);
  for (const one of words) {
    assert.ok(one.y + one.half <= height, one.label);
    assert.ok(one.y - one.half >= 116, `${one.label} stands on the nodes’ names`);
    for (const other of words)
      if (other !== one && other.x === one.x)
        assert.ok(Math.abs(other.y - one.y) >= one.half + other.half, `${one.label} on ${other.label}`);
  }
  // What is left out is told where nothing stands.
  const quiet = /<text x="([\d.]+)" y="([\d.]+)"[^>]*>nothing of this for \d+ ms</.exec(svg)!;
  const half = textWidth('nothing of this for 1900 ms', 11) / 2;
  for (const { x, y, half: tall, label } of words)
    assert.ok(
      Math.abs(Number(quiet[1]) - x) > half || Math.abs(Number(quiet[2]) - y) > tall,
      `${label} and what is left out`,
    );
});

test('labels of two arrows that leave together stand above and below them', () => {
  const arrow = (y: number, label: string): Arrow => ({ x1: 400, y1: y, x2: 100, y2: y + 50, label });
  const [first, second] = placeLabels(
    [arrow(100, 'last data of the donor'), arrow(101, 'BU (sequences 1, 2) for node2')],
    12,
  );
  const below = (label: typeof first, one: Arrow) =>
    label!.y - (one.y1 + ((label!.x - one.x1) / (one.x2 - one.x1)) * (one.y2 - one.y1));
  assert.ok(below(first, arrow(100, '')) < 0);
  assert.ok(below(second, arrow(101, '')) > 0);
});

test('a label stays between the ends of its arrow where another crosses it', () => {
  // As in a handoff by at-update, where it lay on the words of the gap beside the client.
  const arrows: readonly Arrow[] = [
    { x1: 408, y1: 419, x2: 108, y2: 470, label: 'HoTI' },
    { x1: 108, y1: 470, x2: 408, y2: 521, label: 'HoT' },
    { x1: 408, y1: 475, x2: 108, y2: 526, label: 'last data of the donor' },
    { x1: 408, y1: 521, x2: 708, y2: 547, label: 'HoT' },
    { x1: 108, y1: 526, x2: 408, y2: 577, label: 'last acknowledgement to the donor' },
  ];
  const bar = { left: 411, right: 435, top: 128, bottom: 475 };
  const label = placeLabels(arrows, 12, [bar]).find((one) => one.label === 'last data of the donor')!;
  const half = (textWidth(label.label, 12) / 2) * Math.cos((label.degrees * Math.PI) / 180);
  assert.ok(label.x - half >= 108 && label.x + half <= 408, `its middle is at ${label.x}`);
});
