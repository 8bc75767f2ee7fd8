// The ways from the Web SDK to the server: its own TLS, and a plain proxy before it.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { assertHas } from '../harness/numbers.js';
import { Stage } from '../harness/stage.js';

/** Plays for twenty seconds with a pause in the middle. */
async function watch(stage, viewer) {
  const sid = await viewer.start();
  await viewer.play();
  await stage.pass(10);
  await viewer.halt('pauseStart');
  await stage.pass(5);
  await viewer.play();
  await stage.pass(10);
  await viewer.send('sessionEnd');
  await stage.pass(6);
  const numbers = { timePlayed: 20, pauseTime: 5, pauseCount: 1, browser: 'Headless Chrome' };
  assertHas(await stage.session(sid), { state: 'closed', session: numbers });
}

test('over the TLS of the server, by HTTP/2', async (t) => {
  const stage = await Stage.open(t);
  const viewer = await stage.viewer();
  const devtools = await stage.context.newCDPSession(viewer.page);
  const protocols = new Set();
  devtools.on('Network.responseReceived', ({ response }) => protocols.add(response.protocol));
  await devtools.send('Network.enable');
  await watch(stage, viewer);
  assert.deepEqual([...protocols], ['h2']);
});

test('through a proxy that ends TLS', async (t) => {
  const settings = '[door]\ntrusted_proxies = ["127.0.0.1"]';
  const stage = await Stage.open(t, { settings, isFronted: true });
  await watch(stage, await stage.viewer());
  assert.ok(stage.front.exchanges.length >= 5);
});
