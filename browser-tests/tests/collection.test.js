// The Collection API from a page of another origin, by XHR and with preflights, as the Media SDK
// for JavaScript does it. That library is on no registry, so its recorded bodies are sent.

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';

import { openContext } from '../harness/browser.js';
import { assertHas } from '../harness/numbers.js';
import { Playhead } from '../harness/playhead.js';
import { openSite } from '../harness/site.js';

const CAPTURE = new URL(
  '../../crates/playhead-testkit/captures/mediasdk-vod.json',
  import.meta.url,
);

/** Bodies in the order in which the library sent them. */
async function recorded() {
  const { exchanges } = JSON.parse(await readFile(CAPTURE));
  return exchanges.filter(({ method }) => method === 'POST').map(({ requestJson }) => requestJson);
}

/** A page at `http://127.0.0.1:<port>`, to which any other port is another origin. */
async function openPage(t) {
  const port = await openSite(t, { secure: false });
  const context = await openContext(t);
  const page = await context.newPage();
  await page.goto(`http://127.0.0.1:${port}/blank.html`);
  return page;
}

/** Posts all bodies at once, as script does, and gives what script can read of the answers. */
function post(page, url, bodies, type = 'application/json') {
  const posted = [String(url), bodies, type];
  return page.evaluate(([target, texts, contentType]) => {
    const send = (text) =>
      new Promise((resolve) => {
        const request = new XMLHttpRequest();
        request.open('POST', target);
        if (contentType) request.setRequestHeader('Content-Type', contentType);
        request.onloadend = () => {
          const { status, responseText } = request;
          resolve({ status, text: responseText, headers: request.getAllResponseHeaders() });
        };
        request.send(text);
      });
    return Promise.all(texts.map(send));
  }, posted);
}

/** The session id where the library looks for it: the fifth part of `Location`. */
function sessionId({ headers }) {
  const [, location] = /^location: *(.*?)\r?$/im.exec(headers) ?? [];
  return location?.split('/')[4];
}

/** Opens a session and gives the address of its events. */
async function startSession(page, playhead, start) {
  const [answer] = await post(page, new URL('/api/v1/sessions', playhead.door), [start]);
  assert.equal(answer.status, 201);
  const sid = sessionId(answer);
  assert.match(sid, /^[0-9a-f]{64}$/);
  return { sid, events: new URL(`/api/v1/sessions/${sid}/events`, playhead.door) };
}

/** Splits into runs of up to three events that the player made within a second. */
function bursts(events) {
  const runs = [];
  for (const event of events) {
    const run = runs.at(-1);
    const isClose = run && event.playerTime.ts - run[0].playerTime.ts < 1000;
    if (isClose && run.length < 3) run.push(event);
    else runs.push([event]);
  }
  return runs;
}

test('a recorded session is taken, three events at a time', async (t) => {
  const playhead = await Playhead.start(t);
  const page = await openPage(t);
  const [start, ...rest] = await recorded();
  await playhead.clockTo(start.playerTime.ts);
  const { sid, events } = await startSession(page, playhead, JSON.stringify(start));
  const sent = bursts(rest);
  assert.ok(sent.some((burst) => burst.length === 3));
  for (const burst of sent) {
    await playhead.clockTo(burst[0].playerTime.ts);
    const answers = await post(page, events, burst.map((event) => JSON.stringify(event)));
    assert.deepEqual(answers.map(({ status }) => status), burst.map(() => 204));
  }
  // The numbers of the recording, worked out by hand beside the test that replays it without a
  // browser.
  assertHas(await playhead.session(sid), {
    state: 'open',
    session: {
      timePlayed: 45,
      totalTimePlayed: 70,
      pauseTime: 14,
      pauseCount: 2,
      bufferTime: 4,
      bufferCount: 1,
      isCompleted: true,
      adCount: 2,
      chapterCount: 2,
      bitrateChangeCount: 1,
      errorCount: 1,
      playerSdkErrors: ['E_DECODE_17'],
      browser: 'Headless Chrome',
    },
    ads: [{ timePlayed: 15, isCompleted: true }, { timePlayed: 10, isCompleted: true }],
    chapters: [{ timePlayed: 25, isCompleted: true }, { timePlayed: 20, isCompleted: true }],
    states: { fullscreen: { time: 13 }, mute: { time: 13 } },
  });
});

test('without a content type there is no preflight, and nothing else differs', async (t) => {
  const playhead = await Playhead.start(t);
  const page = await openPage(t);
  const [start, first] = await recorded();
  const sessions = new URL('/api/v1/sessions/', playhead.door);
  const [answer] = await post(page, sessions, [JSON.stringify(start)], null);
  assert.equal(answer.status, 201);
  const events = new URL(`/api/v1/sessions/${sessionId(answer)}/events`, playhead.door);
  const [taken] = await post(page, events, [JSON.stringify(first)], null);
  assert.equal(taken.status, 204);
});

test('script can read why something was refused', async (t) => {
  const playhead = await Playhead.start(t);
  const page = await openPage(t);
  const [start, event] = await recorded();
  const refused = async (url, body, status) => {
    const [answer] = await post(page, new URL(url, playhead.door), [body]);
    assert.equal(answer.status, status);
    const { message, errors } = JSON.parse(answer.text);
    assert.ok(message);
    return errors;
  };

  const nameless = { ...start, params: { ...start.params, 'media.id': undefined } };
  const errors = await refused('/api/v1/sessions', JSON.stringify(nameless), 400);
  assert.deepEqual(errors.map(({ path }) => path), ['params.media.id']);
  await refused('/api/v1/sessions', '{', 400);
  await refused('/api/v1/sessions', ' '.repeat(70_000), 413);

  const { events } = await startSession(page, playhead, JSON.stringify(start));
  const unknown = events.pathname.replace(/[0-9a-f]{64}/, '0'.repeat(64));
  await refused(unknown, JSON.stringify(event), 404);
  await playhead.clockTo(11 * 60_000);
  await refused(events.pathname, JSON.stringify(event), 410);
});

test('a server that takes nothing says so to script', async (t) => {
  const playhead = await Playhead.start(t, { settings: '[log]\nfree_min = "1000 TiB"' });
  await playhead.clockTo(1000);
  const page = await openPage(t);
  const [start] = await recorded();
  const [answer] = await post(page, new URL('/api/v1/sessions', playhead.door), [JSON.stringify(start)]);
  assert.equal(answer.status, 503);
  assert.ok(JSON.parse(answer.text).message);
});
