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
