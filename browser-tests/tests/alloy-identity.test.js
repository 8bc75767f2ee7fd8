// Who watches: the id that the server gives to a browser it does not know, and how it comes back.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { Stage } from '../harness/stage.js';

const ORGANISATION = '0A1B2C3D4E5F60718293A4B5@AdobeOrg';
const COOKIE = 'kndctr_0A1B2C3D4E5F60718293A4B5_AdobeOrg';
const SETTINGS = `[edge]\norganisation = "${ORGANISATION}"`;

/** Plays for ten seconds and gives what the server knows of the session. */
async function watch(stage, viewer) {
  const sid = await viewer.start();
  await viewer.play();
  await stage.pass(10);
  await viewer.send('sessionEnd');
  await stage.pass(6);
  const { session } = await stage.session(sid);
  assert.equal(session.timePlayed, 10);
  return session;
}

const identityOf = async (viewer) => (await viewer.alloy('getIdentity')).identity.ECID;

const cookieOf = async (stage) => {
  const cookies = await stage.context.cookies();
  return cookies.find(({ name }) => name === `${COOKIE}_identity`);
};

test('a browser gets an id, and is known by it after a reload', async (t) => {
  const stage = await Stage.open(t, { settings: SETTINGS });
  const viewer = await stage.viewer();
  const first = await watch(stage, viewer);
  assert.match(first.visitor, /^\d{38}$/);
  assert.equal(await identityOf(viewer), first.visitor);
  const { domain, expires } = await cookieOf(stage);
  assert.equal(domain, '.example.test');
  assert.ok(expires > Date.now() / 1000);

  await viewer.load();
  const second = await watch(stage, viewer);
  assert.equal(second.visitor, first.visitor);
  assert.equal(await identityOf(viewer), first.visitor);
  assert.deepEqual(viewer.said, []);

  await stage.context.clearCookies();
  await viewer.load();
  const third = await watch(stage, viewer);
  assert.match(third.visitor, /^\d{38}$/);
  assert.notEqual(third.visitor, first.visitor);
});

test('to a host of another site the id travels in the body', async (t) => {
  const stage = await Stage.open(t, { settings: SETTINGS });
  stage.edge('edge.elsewhere.test');
  const viewer = await stage.viewer({}, { edgeDomain: 'edge.elsewhere.test' });
  const first = await watch(stage, viewer);
  await viewer.load();
  const second = await watch(stage, viewer);
  assert.equal(second.visitor, first.visitor);
  const { cookie, body } = (await viewer.exchanges()).at(-1);
  assert.equal(cookie, undefined);
  assert.ok(body.meta.state.entries.some(({ key }) => key === `${COOKIE}_identity`));
});

test('an id that the page gives stands above the one of the browser', async (t) => {
  const stage = await Stage.open(t, { settings: SETTINGS });
  const viewer = await stage.viewer();
  const ECID = [{ id: '12345678901234567890123456789012345678', primary: true }];
  const sessionDetails = { name: 'film-1', length: 100, contentType: 'vod' };
  const mediaCollection = { sessionDetails, playhead: 0 };
  const xdm = { identityMap: { ECID }, mediaCollection };
  const { sessionId } = await viewer.alloy('createMediaSession', { xdm });
  const { session } = await stage.session(sessionId);
  assert.equal(session.visitor, ECID[0].id);
});

test('without an organisation the SDK remembers the id by itself', async (t) => {
  const stage = await Stage.open(t);
  const viewer = await stage.viewer();
  const first = await watch(stage, viewer);
  assert.match(first.visitor, /^\d{38}$/);
  assert.equal(await cookieOf(stage), undefined);
  // In the cookie of its predecessor, which it writes and reads unless `idMigrationEnabled` is false.
  await viewer.load();
  const second = await watch(stage, viewer);
  assert.equal(second.visitor, first.visitor);
});

test('a location hint becomes part of the path', async (t) => {
  const stage = await Stage.open(t, { settings: SETTINGS });
  const hint = { name: `${COOKIE}_cluster`, value: 'or2', domain: '.example.test', path: '/' };
  await stage.context.addCookies([hint]);
  const viewer = await stage.viewer();
  await watch(stage, viewer);
  const exchanges = await viewer.exchanges();
  assert.deepEqual(exchanges.map(({ path }) => path), [
    '/ee/or2/v1/interact',
    '/ee/or2/va/v1/play',
    '/ee/or2/va/v1/ping',
    '/ee/or2/va/v1/sessionEnd',
  ]);
});

test('an event of a page that goes away is taken by collect', async (t) => {
  const stage = await Stage.open(t, { settings: SETTINGS, isFronted: true });
  const viewer = await stage.viewer();
  const sid = await viewer.start();
  await viewer.play();
  await stage.pass(5);
  const asked = stage.front.exchanges.length;
  const mediaCollection = { sessionID: sid, playhead: 5 };
  const xdm = { eventType: 'media.sessionEnd', mediaCollection };
  await viewer.alloy('sendEvent', { documentUnloading: true, xdm });
  await viewer.page.goto('about:blank');
  await stage.front.until(asked + 1);
  const { url, status } = stage.front.exchanges.at(-1);
  assert.ok(url.startsWith('/ee/v1/collect?'), url);
  assert.equal(status, 204);
  await stage.playhead.clockTo(stage.now + 6000);
  const { state, session } = await stage.session(sid);
  assert.equal(state, 'closed');
  assert.equal(session.timePlayed, 5);
});
