// A page with a player that reports by the Web SDK. Tests drive it from outside: they move the
// player and say when to report.

import installBaseCode from '/base-code.js';

// The SDK tells its monitors of every request; here they count those that are not answered.
const open = new Set();
const closed = ({ requestId }) => open.delete(requestId);
window.__alloyMonitors = [
  {
    onBeforeNetworkRequest: ({ requestId }) => open.add(requestId),
    onNetworkResponse: closed,
    onNetworkError: closed,
  },
];

// A turn of the event loop, by something the fake clock of a test does not hold up.
const turn = () =>
  new Promise((resolve) => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = resolve;
    port2.postMessage(null);
  });

/** Waits until the SDK has nothing under way and has seen each answer. */
window.settled = async () => {
  do await turn();
  while (open.size > 0);
};

/** The player: its playhead runs with the clock of the page. */
window.player = {
  position: 0,
  since: undefined,
  qoe: undefined,

  get playhead() {
    const run = this.since === undefined ? 0 : Date.now() - this.since;
    return this.position + run / 1000;
  },
  run() {
    this.seek(this.playhead);
    this.since = Date.now();
  },
  halt() {
    this.seek(this.playhead);
    this.since = undefined;
  },
  seek(position) {
    this.position = position;
    if (this.since !== undefined) this.since = Date.now();
  },
};

installBaseCode(window, ['alloy']);
await import('/alloy.js');
