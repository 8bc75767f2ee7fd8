// Media sessions of the Web SDK: what the server makes of them is what the script did.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { assertHas } from '../harness/numbers.js';
import { BEGIN, Stage } from '../harness/stage.js';
import { FILM } from '../harness/viewer.js';

/** When the events of this type happened, in seconds of the test. */
async function secondsOf(stage, sid, type) {
  const events = await stage.playhead.events(sid);
  const chosen = events.filter((event) => event.type === type);
  return chosen.map(({ clientTime }) => (clientTime - BEGIN) / 1000);
}

// A view of a film of 100 s:
//
//      0 – 12   pre-roll: the first ad, to its end
//     12 – 16   the second ad, skipped
//     16 – 36   content 0 → 20                                                     20
//     36 – 41   paused
//     41 – 51   content 20 → 30                                                    10
//     51 – 54   buffering
//     54 – 64   content 30 → 40, at another bitrate                                10
//     64 – 66   paused for a seek to 60; from here on muted and in full screen
//     66 – 106  content 60 → 100; an error at 76, sound again at 86                40
test('a view with automatic pings', async (t) => {
  const stage = await Stage.open(t);
  const viewer = await stage.viewer({ adPingInterval: 5 });
  const quality = { bitrate: 2000, framesPerSecond: 25, droppedFrames: 0, timeToStart: 1500 };
  await viewer.set({ qoe: quality });
  const customMetadata = [{ name: 'league', value: 'first' }];
  const sid = await viewer.start({ show: 'The Show' }, { customMetadata });

  await viewer.send('adBreakStart', {
    advertisingPodDetails: { friendlyName: 'pre-roll', index: 1, offset: 0 },
  });
  await viewer.send('adStart', {
    advertisingDetails: {
      ...{ name: 'ad-1', friendlyName: 'One', advertiser: 'Acme' },
      ...{ length: 12, podPosition: 1 },
    },
    customMetadata: [{ name: 'slot', value: 'a' }],
  });
  await stage.pass(12);
  await viewer.send('adComplete');
  await viewer.send('adStart', {
    advertisingDetails: { name: 'ad-2', length: 8, podPosition: 2, playerName: 'ad player' },
  });
  await stage.pass(4);
  await viewer.send('adSkip');
  await viewer.send('adBreakComplete');

  await viewer.play();
  await viewer.send('chapterStart', {
    chapterDetails: { friendlyName: 'First', index: 1, offset: 0, length: 40 },
    customMetadata: [{ name: 'league', value: 'second' }],
  });
  await stage.pass(20);
  await viewer.halt('pauseStart');
  await stage.pass(5);
  await viewer.play();
  await stage.pass(10);
  await viewer.halt('bufferStart');
  await stage.pass(3);
  await viewer.set({ qoe: { ...quality, bitrate: 3000, framesPerSecond: 50, droppedFrames: 6 } });
  await viewer.send('bitrateChange');
  await viewer.play();
  await stage.pass(10);
  await viewer.send('chapterComplete');
  await viewer.send('statesUpdate', { statesStart: [{ name: 'mute' }, { name: 'fullScreen' }] });
  await viewer.halt('pauseStart');
  await stage.pass(2);
  await viewer.set({ position: 60 });
  await viewer.play();
  await viewer.send('chapterStart', { chapterDetails: { index: 2, offset: 40, length: 60 } });
  await stage.pass(10);
  await viewer.send('error', { errorDetails: { name: 'E_DECODE', source: 'player' } });
  await stage.pass(10);
  await viewer.send('statesUpdate', { statesEnd: [{ name: 'mute' }] });
  await stage.pass(20);
  await viewer.send('chapterComplete');
  await viewer.send('sessionComplete');
  await viewer.send('sessionEnd');
  await stage.pass(60);

  // A timer of 10 s, 5 s in ads, which begins anew with each event; none after the end.
  const pings = [5, 10, 26, 36, 51, 64, 76, 86, 96, 106];
  assert.deepEqual(await secondsOf(stage, sid, 'ping'), pings);
  const known = await stage.session(sid);
  assertHas(known, {
    state: 'closed',
    session: {
      ...{ name: 'film-1', friendlyName: 'The film', length: 100 },
      ...{ contentType: 'vod', streamType: 'video' },
      ...{ playerName: 'page player', channel: 'films', appVersion: '4.5.6', show: 'The Show' },
      customMetadata: { league: 'first' },
      ...{ reportSuite: 'stream-1', browser: 'Headless Chrome', device: 'desktop' },
      closeReason: 'sessionEnd',
      isViewed: true,
      isPlayed: true,
      isCompleted: true,
      timePlayed: 80,
      totalTimePlayed: 96,
      uniqueTimePlayed: 80,
      averageMinuteAudience: 0.8,
      pauseCount: 2,
      pauseTime: 7,
      bufferCount: 1,
      bufferTime: 3,
      stallCount: 0,
      adCount: 2,
      chapterCount: 2,
      bitrateChangeCount: 1,
      // 46 s at 2000 and 50 s at 3000, ads included
      bitrateAverage: 2521,
      droppedFrames: 6,
      framesPerSecond: 50,
      timeToStart: 2,
      errorCount: 1,
      playerSdkErrors: ['E_DECODE'],
      hasProgress95: true,
      segment: '[0-5]',
    },
    ads: [
      {
        ...{ friendlyName: 'One', advertiser: 'Acme', playerName: 'page player' },
        ...{ podPosition: 1, length: 12 },
        ...{ timePlayed: 12, isCompleted: true, customMetadata: { league: 'first', slot: 'a' } },
      },
      { playerName: 'ad player', podPosition: 2, length: 8, timePlayed: 4, isCompleted: false },
    ],
    chapters: [
      {
        ...{ friendlyName: 'First', index: 1, offset: 0, length: 40 },
        ...{ timePlayed: 40, isCompleted: true, customMetadata: { league: 'second' } },
      },
      { index: 2, offset: 40, length: 60, timePlayed: 40, isCompleted: true },
    ],
    states: {
      mute: { isSet: true, count: 1, time: 22 },
      fullscreen: { isSet: true, count: 1, time: 42 },
    },
  });
  assert.deepEqual(viewer.said, []);
  assert.deepEqual(stage.network.strangers, []);
});

test('a view with pings by hand', async (t) => {
  const stage = await Stage.open(t);
  const viewer = await stage.viewer();
  const mediaCollection = { playhead: 0, sessionDetails: FILM };
  const { sessionId } = await viewer.alloy('createMediaSession', { xdm: { mediaCollection } });
  const send = (name, playhead) =>
    viewer.alloy('sendMediaEvent', {
      xdm: { eventType: `media.${name}`, mediaCollection: { sessionID: sessionId, playhead } },
    });
  await send('play', 0);
  await stage.pass(10);
  await send('ping', 10);
  await stage.pass(15);
  await send('pauseStart', 25);
  await stage.pass(30);
  await send('ping', 25);
  await send('play', 25);
  await stage.pass(15);
  await send('sessionEnd', 40);
  await stage.pass(6);

  assert.deepEqual(await secondsOf(stage, sessionId, 'ping'), [10, 55]);
  assertHas(await stage.session(sessionId), {
    state: 'closed',
    session: {
      timePlayed: 40,
      uniqueTimePlayed: 40,
      pauseCount: 1,
      pauseTime: 30,
      isCompleted: false,
      hasProgress25: true,
      hasProgress50: false,
    },
  });
});

test('a view by plain events, all of them through interact', async (t) => {
  const stage = await Stage.open(t);
  const viewer = await stage.viewer();
  const send = (name, playhead, members) => {
    const mediaCollection = { playhead, ...members };
    return viewer.alloy('sendEvent', { xdm: { eventType: `media.${name}`, mediaCollection } });
  };
  const sessionDetails = { ...FILM, playerName: 'own player', channel: 'own channel' };
  const answered = viewer.page.waitForResponse(/interact/);
  await send('sessionStart', 0, { sessionDetails });
  const { handle } = await (await answered).json();
  const started = handle.find(({ type }) => type === 'media-analytics:new-session');
  const sessionID = started.payload[0].sessionId;

  await send('play', 0, { sessionID });
  await stage.pass(20);
  await send('ping', 20, { sessionID });
  await send('bufferStart', 20, { sessionID });
  await stage.pass(4);
  await send('play', 20, { sessionID });
  await stage.pass(30);
  await send('sessionEnd', 50, { sessionID });
  await stage.pass(6);

  const exchanges = await viewer.exchanges();
  assert.ok(exchanges.every(({ path, status }) => path === '/ee/v1/interact' && status === 200));
  assertHas(await stage.session(sessionID), {
    state: 'closed',
    session: {
      ...{ playerName: 'own player', channel: 'own channel' },
      ...{ timePlayed: 50, bufferCount: 1, bufferTime: 4, hasProgress50: true },
    },
  });
});

test('two players on one page are two sessions of one visitor', async (t) => {
  const stage = await Stage.open(t);
  const viewer = await stage.viewer();
  const first = await viewer.start({ name: 'left' });
  const second = await viewer.start({ name: 'right' }, {}, 'other');
  await viewer.play();
  await viewer.send('play', {}, 'other');
  await stage.pass(30);
  await viewer.send('sessionEnd');
  await stage.pass(10);
  await viewer.send('sessionEnd', {}, 'other');
  await stage.pass(6);
  const [left, right] = [await stage.session(first), await stage.session(second)];
  assertHas(left, { state: 'closed', session: { name: 'left', timePlayed: 30 } });
  assertHas(right, { state: 'closed', session: { name: 'right', timePlayed: 40 } });
  assert.equal(left.session.visitor, right.session.visitor);
});

test('events that are fired without waiting for one another', async (t) => {
  const stage = await Stage.open(t);
  const viewer = await stage.viewer();
  const fire = (...events) => Promise.all(events.map((event) => viewer.send(...event)));
  const started = viewer.start();
  const index = 1;
  const ad = { name: 'ad-1', length: 10, podPosition: 1 };
  await fire(
    ['adBreakStart', { advertisingPodDetails: { index, offset: 0 } }],
    ['adStart', { advertisingDetails: ad }],
    ['statesUpdate', { statesStart: [{ name: 'inFocus' }] }],
  );
  const sid = await started;
  await stage.pass(10);
  await viewer.page.evaluate(() => window.player.run());
  const chapterDetails = { index, offset: 0, length: 30 };
  await fire(['adComplete'], ['adBreakComplete'], ['play'], ['chapterStart', { chapterDetails }]);
  await stage.pass(30);
  const ends = { statesEnd: [{ name: 'inFocus' }] };
  await fire(['statesUpdate', ends], ['chapterComplete'], ['sessionComplete'], ['sessionEnd']);
  await stage.pass(6);
  assertHas(await stage.session(sid), {
    state: 'closed',
    session: { isCompleted: true, timePlayed: 30, totalTimePlayed: 40, closeReason: 'sessionEnd' },
    ads: [{ isCompleted: true, timePlayed: 10 }],
    chapters: [{ isCompleted: true, timePlayed: 30 }],
    states: { inFocus: { count: 1, time: 40 } },
  });
});

test('a live view over midnight', async (t) => {
  const stage = await Stage.open(t);
  const viewer = await stage.viewer();
  // The playhead of a live stream is the second of the day.
  await viewer.set({ position: 86_380 });
  const sid = await viewer.start({ contentType: 'live', length: 86_400 });
  await viewer.play();
  await stage.pass(20);
  await viewer.halt('pauseStart');
  await viewer.set({ position: 0 });
  await stage.pass(5);
  await viewer.set({ position: 5 });
  await viewer.play();
  await stage.pass(30);
  await viewer.send('sessionEnd');
  await stage.pass(6);
  assertHas(await stage.session(sid), {
    state: 'closed',
    session: { contentType: 'live', timePlayed: 50, uniqueTimePlayed: 50, pauseTime: 5, stallCount: 0 },
  });
});
