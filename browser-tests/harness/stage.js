// Everything that a test with the Web SDK needs, wired up: a server, the site, a browser that knows
// both, and one time for all of them.

import { openContext } from './browser.js';
import { Front } from './front.js';
import { Network } from './network.js';
import { Playhead } from './playhead.js';
import { openSite } from './site.js';
import { Viewer } from './viewer.js';

// The time at which tests begin, for pages and server alike. It lies ahead of any real clock, since
// the browser measures the age of cookies by that one, whatever the page takes for now.
export const BEGIN = Date.UTC(2040, 0, 2, 12);

// Seconds; the shortest interval of pings in any test.
const STEP = 5;

const SITE = 'www.example.test';
const EDGE = 'edge.example.test';

export class Stage {
  #viewers = [];

  /**
   * Begins a test. `settings` are those of the server. The browser speaks with its door, or, with
   * `isFronted`, with a proxy before it, as `front`.
   */
  static async open(t, { settings = '', isFronted = false } = {}) {
    const stage = new Stage();
    const tls = isFronted ? '' : '[tls]\nself_signed = true\nlisteners = "door"\n';
    stage.playhead = await Playhead.start(t, { settings: tls + settings });
    stage.now = BEGIN;
    await stage.playhead.clockTo(BEGIN);
    if (isFronted) stage.front = await Front.open(t, stage.playhead.door);
    stage.network = await Network.open(t);
    stage.network.host(SITE, await openSite(t));
    stage.edge(EDGE);
    stage.context = await openContext(t, stage.network);
    await stage.context.clock.install({ time: BEGIN - 1000 });
    await stage.context.clock.pauseAt(BEGIN);
    return stage;
  }

  /** From now on the server has this name too. */
  edge(name) {
    this.network.host(name, (this.front ?? this.playhead.door).port);
  }

  /** Opens a page of the site with the Web SDK; see `Viewer` for its settings. */
  async viewer(media, settings) {
    const viewer = new Viewer(await this.context.newPage(), media, settings);
    await viewer.load();
    this.#viewers.push(viewer);
    return viewer;
  }

  /**
   * Lets so many seconds pass, on the server and on all pages. Every few seconds the pages are waited
   * for, so that a ping is answered before the next one is due.
   */
  async pass(seconds) {
    this.now += seconds * 1000;
    await this.playhead.clockTo(this.now);
    for (let rest = seconds; rest > 0; rest -= STEP) {
      await this.context.clock.runFor(Math.min(rest, STEP) * 1000);
      for (const viewer of this.#viewers) await viewer.settled();
    }
  }

  /** Lets seconds pass until what was begun has come to its end, and gives its result. */
  async passUntil(begun) {
    let isOver = false;
    const over = () => (isOver = true);
    begun.then(over, over);
    while (!isOver) {
      this.now += 1000;
      await this.playhead.clockTo(this.now);
      await this.context.clock.runFor(1000);
    }
    return begun;
  }

  /** What the server knows of a session. */
  session(sid) {
    return this.playhead.session(sid);
  }
}
