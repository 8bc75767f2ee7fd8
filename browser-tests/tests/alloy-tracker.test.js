// The tracker of the Web SDK, which pages written for the older Media SDK go on using. It sends
// fractions, and null for quality that is not known.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { assertHas } from '../harness/numbers.js';
import { Stage } from '../harness/stage.js';

/** Makes a tracker on the page and gives a function that calls it. */
async function openTracker(viewer) {
  await viewer.page.evaluate(async () => {
    window.media = await window.alloy('getMediaAnalyticsTracker');
    window.tracker = window.media.getInstance();
  });
  // The functions are called on the page, where the constants and helpers of the SDK are.
  return (call) => viewer.page.evaluate(`(async () => { ${call} })()`);
}

// A view of a film of 59.6 s, which the SDK makes 60:
//
//      0 – 10   content 0 → 10, in the first chapter                               10
//     10 – 25   a mid-roll with one ad; captions on from 15 to 20
//     25 – 35   content 10 → 20, at a known bitrate                                10
//     35 – 38   a seek to 40, which is a pause for the server
//     38 – 43   content 40 → 45, in the second chapter                              5
//     43 – 45   buffering
//     45 – 60   content 45 → 60; an error at 50                                    15
test('a view by the tracker', async (t) => {
  const stage = await Stage.open(t);
  const viewer = await stage.viewer();
  const track = await openTracker(viewer);
  const sid = await track(`
    const { MediaType, StreamType, VideoMetadataKeys, MediaObjectKey } = media;
    const film = media.createMediaObject('The film', 'film-2', 59.6, StreamType.VOD, MediaType.Video);
    const context = {
      [VideoMetadataKeys.Show]: 'The Show',
      [VideoMetadataKeys.Authorized]: 'true',
      [MediaObjectKey.MediaResumed]: false,
      'league.name': 'first',
    };
    return (await tracker.trackSessionStart(film, context)).sessionId;
  `);
  await track(`
    await tracker.trackPlay();
    await tracker.trackEvent(media.Event.ChapterStart, media.createChapterObject('First', 1, 30.4, 0.4));
  `);
  await stage.pass(10);
  await track(`
    tracker.updatePlayhead(10.7);
    await tracker.trackEvent(media.Event.AdBreakStart, media.createAdBreakObject('mid-roll', 1, 10.4));
    const ad = media.createAdObject('The ad', 'ad-9', 1, 14.6);
    const context = { [media.AdMetadataKeys.Advertiser]: 'Acme', slot: 'a' };
    await tracker.trackEvent(media.Event.AdStart, ad, context);
  `);
  await stage.pass(5);
  const captions = `media.createStateObject(media.PlayerState.ClosedCaption)`;
  await track(`await tracker.trackEvent(media.Event.StateStart, ${captions})`);
  await stage.pass(5);
  await track(`await tracker.trackEvent(media.Event.StateEnd, ${captions})`);
  await stage.pass(5);
  await track(`
    await tracker.trackEvent(media.Event.AdComplete);
    await tracker.trackEvent(media.Event.AdBreakComplete);
    tracker.updateQoEObject(media.createQoEObject(1999.6, 1400, 24.7, 3));
    await tracker.trackEvent(media.Event.BitrateChange);
    await tracker.trackPlay();
  `);
  await stage.pass(10);
  await track(`
    tracker.updatePlayhead(20);
    await tracker.trackEvent(media.Event.ChapterSkip);
    await tracker.trackEvent(media.Event.SeekStart);
  `);
  await stage.pass(3);
  await track(`
    tracker.updatePlayhead(40);
    await tracker.trackEvent(media.Event.SeekComplete);
    await tracker.trackEvent(media.Event.ChapterStart, media.createChapterObject('Second', 2, 30, 30));
  `);
  await stage.pass(5);
  await track(`
    tracker.updatePlayhead(45);
    await tracker.trackEvent(media.Event.BufferStart);
  `);
  await stage.pass(2);
  await track(`await tracker.trackEvent(media.Event.BufferComplete)`);
  await stage.pass(5);
  await track(`
    tracker.updatePlayhead(50);
    await tracker.trackError('E_STREAM');
  `);
  await stage.pass(10);
  await track(`
    tracker.updatePlayhead(60);
    await tracker.trackEvent(media.Event.ChapterComplete);
    await tracker.trackComplete();
    await tracker.trackSessionEnd();
  `);
  await stage.pass(6);

  const [, { body }] = await viewer.exchanges();
  assert.equal(body.events[0].xdm.mediaCollection.qoeDataDetails, null);
  assertHas(await stage.session(sid), {
    state: 'closed',
    session: {
      ...{ name: 'film-2', friendlyName: 'The film', length: 60 },
      ...{ contentType: 'vod', streamType: 'video' },
      ...{ show: 'The Show', hasResume: false, customMetadata: { 'league.name': 'first' } },
      isCompleted: true,
      timePlayed: 40,
      totalTimePlayed: 55,
      uniqueTimePlayed: 40,
      pauseCount: 1,
      pauseTime: 3,
      bufferCount: 1,
      bufferTime: 2,
      stallCount: 0,
      bitrateChangeCount: 1,
      bitrateAverage: 2000,
      framesPerSecond: 25,
      droppedFrames: 3,
      timeToStart: 1,
      errorCount: 1,
      playerSdkErrors: ['E_STREAM'],
    },
    ads: [
      {
        ...{ friendlyName: 'The ad', advertiser: 'Acme', playerName: 'page player', length: 15 },
        ...{ timePlayed: 15, isCompleted: true, customMetadata: { 'league.name': 'first', slot: 'a' } },
      },
    ],
    chapters: [
      { friendlyName: 'First', index: 1, offset: 0, length: 30, timePlayed: 20, isCompleted: false },
      { friendlyName: 'Second', index: 2, offset: 30, length: 30, timePlayed: 20, isCompleted: true },
    ],
    states: { closedCaptioning: { isSet: true, count: 1, time: 5 } },
  });
});
