// What the server's refusals and a broken network do to pages with the Web SDK. It tries again
// after 429, 502, 503 and 504, three times; whatever else goes wrong is told to the page.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { assertHas } from '../harness/numbers.js';
import { Stage } from '../harness/stage.js';
import { FILM } from '../harness/viewer.js';

/** Opens a page with a session that plays; pings are rare, so that they are in nobody's way. */
async function playing(t, options) {
  const stage = await Stage.open(t, { isFronted: true, ...options });
  const viewer = await stage.viewer({ mainPingInterval: 50 });
  const sid = await viewer.start();
  await viewer.play();
  return { stage, viewer, sid };
}

/** The last status that the SDK got. */
const lastStatus = (stage) => stage.front.exchanges.at(-1).status;

test('an event of a session that nobody opened is a 404', async (t) => {
  const stage = await Stage.open(t);
  const viewer = await stage.viewer();
  const xdm = { mediaCollection: { playhead: 0, sessionDetails: FILM } };
  const { sessionId } = await viewer.alloy('createMediaSession', { xdm });
  const play = (sessionID) =>
    viewer.alloy('sendMediaEvent', {
      xdm: { eventType: 'media.play', mediaCollection: { sessionID, playhead: 0 } },
    });
  await assert.rejects(play('0'.repeat(64)), /status code 404/);
  await play(sessionId);
  assertHas(await stage.session(sessionId), { state: 'open', session: { isPlayed: true } });
});

test('after ten silent minutes it is a 410, and a new session works', async (t) => {
  const { stage, viewer, sid } = await playing(t);
  await stage.pass(50);
  // The machine sleeps: no timer of the page fires, and the server goes on.
  stage.now += 700_000;
  await stage.playhead.clockTo(stage.now);
  await assert.rejects(viewer.send('pauseStart'), /status code 410/);
  const { session } = await stage.session(sid);
  assertHas(session, { closeReason: 'timeout-no-events', timePlayed: 50 });

  const next = await viewer.start();
  assert.notEqual(next, sid);
  await viewer.send('play');
  await stage.pass(20);
  await viewer.send('sessionEnd');
  await stage.pass(6);
  assertHas(await stage.session(next), { state: 'closed', session: { timePlayed: 20 } });
});

test('a session start without what it needs opens none', async (t) => {
  const stage = await Stage.open(t);
  const viewer = await stage.viewer();
  assert.equal(await viewer.start({ name: undefined }), undefined);
  const [{ status }] = await viewer.exchanges();
  assert.equal(status, 207);
  await assert.rejects(viewer.send('play'), /Session ID is not available/);
  assert.deepEqual(await stage.playhead.sessions(), []);
});

test('where datastreams are configured, another one is refused', async (t) => {
  const settings = '[datastreams."stream-1"]\nsuite = "my.suite"';
  const { stage, sid } = await playing(t, { settings });
  assertHas(await stage.session(sid), { session: { reportSuite: 'my.suite' } });
  const stranger = await stage.viewer({}, { datastreamId: 'stream-2' });
  await assert.rejects(stranger.start(), /status code 400(.|\n)*EXEG-0003-400/);
});

test('a faulty event is a 400 that says what is wrong, and the session goes on', async (t) => {
  const { stage, viewer, sid } = await playing(t);
  const nameless = { errorDetails: { source: 'player' } };
  await assert.rejects(viewer.send('error', nameless), /status code 400(.|\n)*errorDetails\.name/);
  await stage.pass(20);
  await viewer.send('sessionEnd');
  await stage.pass(6);
  assertHas(await stage.session(sid), { session: { errorCount: 0, timePlayed: 20 } });
});

test('a server that is full says when to try again, and then it works', async (t) => {
  const { stage, viewer, sid } = await playing(t, { settings: '[sessions]\nopen_max = 1' });
  const second = await stage.viewer();
  const asked = stage.front.exchanges.length;
  const started = second.start({ name: 'film-2' });
  await stage.front.until(asked + 1);
  assert.equal(lastStatus(stage), 503);
  // Script may read the header, so that the server's word counts: not before that time.
  const seconds = Number(stage.front.exchanges.at(-1).answerHeaders['retry-after']);
  assert.ok(seconds >= 1);
  await viewer.send('sessionEnd');
  await stage.playhead.clockTo((stage.now += 6000));
  await stage.playhead.settled();
  await stage.context.clock.runFor(seconds * 1000 - 1);
  assert.equal(stage.front.exchanges.length, asked + 2, 'the end of the first, and no retry');
  const next = await stage.passUntil(started);
  await second.play();
  await stage.pass(10);
  assertHas(await stage.session(sid), { state: 'closed' });
  assertHas(await stage.session(next), { state: 'open', session: { name: 'film-2', timePlayed: 10 } });
});

for (const status of [429, 503]) {
  test(`a ${status} is tried again, and nothing is counted twice`, async (t) => {
    const { stage, viewer, sid } = await playing(t);
    await stage.pass(5);
    stage.front.next(3, { status });
    const asked = stage.front.exchanges.length;
    const paused = viewer.halt('pauseStart');
    await stage.front.until(asked + 1);
    await stage.passUntil(paused);
    const answers = stage.front.exchanges.slice(asked).map((exchange) => exchange.status);
    assert.deepEqual(answers, [status, status, status, 204]);
    await viewer.send('sessionEnd');
    await stage.pass(6);
    // The event kept the time at which it happened.
    assertHas(await stage.session(sid), { state: 'closed', session: { timePlayed: 5, pauseCount: 1 } });
  });

  test(`after a fourth ${status} the page is told`, async (t) => {
    const { stage, viewer } = await playing(t);
    stage.front.next(4, { status });
    const refused = assert.rejects(viewer.send('pauseStart'), new RegExp(`status code ${status}`));
    await stage.passUntil(refused);
  });
}

test('a 500 is told at once, and the session goes on', async (t) => {
  const { stage, viewer, sid } = await playing(t);
  await stage.pass(5);
  stage.front.next(1, { status: 500 });
  await assert.rejects(viewer.send('bufferStart'), /status code 500/);
  await stage.pass(10);
  await viewer.send('sessionEnd');
  await stage.pass(6);
  assertHas(await stage.session(sid), { session: { bufferCount: 0, timePlayed: 15 } });
});

test('a connection that breaks before the event arrives is told, and the session goes on', async (t) => {
  const { stage, viewer, sid } = await playing(t);
  await stage.pass(5);
  stage.front.fault = 'cut';
  await assert.rejects(viewer.send('bufferStart'), /Network request failed/);
  stage.front.fault = undefined;
  await stage.pass(10);
  await viewer.send('sessionEnd');
  await stage.pass(6);
  assertHas(await stage.session(sid), { session: { bufferCount: 0, timePlayed: 15 } });
});

test('an event whose answer is lost is sent again by the browser, and counts once', async (t) => {
  const { stage, viewer, sid } = await playing(t);
  await stage.pass(5);
  stage.front.next(1, 'lose');
  await viewer.send('error', { errorDetails: { name: 'E_ONCE', source: 'player' } });
  const events = await stage.playhead.events(sid);
  assert.equal(events.filter(({ type }) => type === 'error').length, 2);
  await viewer.send('sessionEnd');
  await stage.pass(6);
  assertHas(await stage.session(sid), { state: 'closed', session: { errorCount: 1 } });
});

test('a server that is killed and comes back carries on where it was', async (t) => {
  const { stage, viewer, sid } = await playing(t);
  await stage.pass(12);
  await stage.playhead.kill();
  await assert.rejects(viewer.send('error', { errorDetails: { name: 'E_LOST', source: 'player' } }));
  await stage.playhead.startAgain();
  await stage.pass(8);
  await viewer.send('sessionEnd');
  await stage.pass(6);
  assertHas(await stage.session(sid), { state: 'closed', session: { timePlayed: 20, errorCount: 0 } });
});
