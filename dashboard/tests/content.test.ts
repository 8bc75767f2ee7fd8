import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Answer } from '../src/api/report';
import { adMarks, breakAt, chapterMarks, curve, losses } from '../src/panels/content/retention';
import { titles } from '../src/panels/content/titles';

const answer = (rows: [(string | null)[], (number | null)[], number[]?][], granularity?: string) => ({
  request: { granularity }, rows: rows.map(([key, values, series]) => ({ key, values, ...(series ? { series: [series] } : {}) })),
}) as unknown as Answer;

test('a title is called what most of its sessions call it', () => {
  const found = titles(answer([
    [['a', 'Old name'], [1], [1, 0]],
    [['a', 'New name'], [5], [2, 3]],
    [['a', null], [9], [9, 0]],
    [['b', null], [1], [0, 1]],
  ]));
  assert.deepEqual(Object.fromEntries(found), { a: { name: 'New name', starts: [12, 3] }, b: { name: 'b', starts: [0, 1] } });
  assert.equal(titles(undefined).size, 0);
});

test('a curve has every place between its ends, as views', () => {
  const it = curve(answer([[['1'], [120, 60, 60, 2]], [['3'], [30, 30, 0, 1]]]));
  assert.deepEqual(it, { x: [60, 120, 180], step: 60, first: [1, 0, 0.5], again: [1, 0, 0], sessions: [2, 0, 1] });
  assert.deepEqual(curve(answer([])).x, []);
  assert.deepEqual(curve(answer([[['7'], [3, 2, 1, 3]]], 'second')).first, [2]);
});

test('people leave where the next place has fewer sessions', () => {
  const sessions = [10, 10, 4, 5, 1];
  const it = curve(answer(sessions.map((count, place) => [[String(place)], [0, 0, 0, count]])));
  assert.deepEqual(losses(it, 5), [
    { from: 60, to: 120, sessions: 6, share: 0.6 },
    { from: 180, to: 240, sessions: 4, share: 0.8 },
  ]);
  assert.equal(losses(it, 1).length, 1);
});

test('breaks and chapters are marked where they were said to be', () => {
  assert.deepEqual(adMarks(answer([[['20', 'mid'], [50]], [['600', null], [5]], [['700', null], [4]], [[null, 'x'], [9]], [['x', 'x'], [9]]])).map(({ at, title }) => [at, title]), [[20, 'mid'], [600, 'Ad break']]);
  const chapters = chapterMarks(answer([[['Finale', '60', '40'], [5]], [['Start', '0', '60'], [9]], [['Start again', '0', '60'], [1]], [['x', null, '5'], [1]]]));
  assert.deepEqual(chapters.map(({ at, to, title }) => [at, to, title]), [[0, 60, 'Start'], [60, 100, 'Finale']]);
});

test('a loss at an ad break knows it', () => {
  const breaks = [{ at: 600, title: 'mid', tone: '' }];
  const loss = (from: number, to: number) => ({ from, to, sessions: 1, share: 1 });
  assert.equal(breakAt(loss(540, 600), breaks)?.title, 'mid');
  assert.equal(breakAt(loss(600, 660), breaks)?.title, 'mid');
  assert.equal(breakAt(loss(660, 720), breaks), undefined);
});
