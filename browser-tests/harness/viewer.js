// One page with the Web SDK and someone who watches.

const CONFIGURATION = {
  datastreamId: 'stream-1',
  orgId: '0A1B2C3D4E5F60718293A4B5@AdobeOrg',
  edgeDomain: 'edge.example.test',
  thirdPartyCookiesEnabled: false,
  defaultConsent: 'in',
  clickCollectionEnabled: false,
  streamingMedia: { channel: 'films', playerName: 'page player', appVersion: '4.5.6' },
};

export class Viewer {
  #configuration;
  #requests = [];

  /** What the page wrote to its console, and errors nobody caught. */
  said = [];

  /** `media` adds to the settings for media, `settings` to all of the SDK. */
  constructor(page, media, settings) {
    this.page = page;
    const streamingMedia = { ...CONFIGURATION.streamingMedia, ...media };
    this.#configuration = { ...CONFIGURATION, ...settings, streamingMedia };
    page.on('request', (request) => {
      if (request.method() === 'POST') this.#requests.push(request);
    });
    page.on('console', (message) => this.said.push(message.text()));
    page.on('pageerror', (error) => this.said.push(String(error)));
  }

  /** Loads the page, or loads it again, and configures the SDK. */
  async load() {
    await this.page.goto('https://www.example.test/alloy.html');
    await this.page.evaluate("import('/alloy-page.js').then(() => undefined)");
    await this.alloy('configure', this.#configuration);
  }

  /** Calls the SDK. */
  alloy(command, options) {
    return this.page.evaluate(([name, given]) => window.alloy(name, given), [command, options]);
  }

  /** Opens a session with automatic pings and gives its id, if the server gave one. */
  async start(details, members = {}, playerId = 'player') {
    const mediaCollection = { sessionDetails: { ...FILM, ...details }, ...members };
    const session = { playerId, xdm: { mediaCollection } };
    const started = await this.page.evaluate((options) => {
      const { player } = window;
      const getPlayerDetails = () => ({ playhead: player.playhead, qoeDataDetails: player.qoe });
      return window.alloy('createMediaSession', { ...options, getPlayerDetails });
    }, session);
    return started.sessionId;
  }

  /** Reports an event of the session with automatic pings. */
  send(name, mediaCollection = {}, playerId = 'player') {
    const xdm = { eventType: `media.${name}`, mediaCollection };
    return this.alloy('sendMediaEvent', { playerId, xdm });
  }

  /** Sets something of the player: its `position`, its `qoe`. */
  set(members) {
    return this.page.evaluate((given) => void Object.assign(window.player, given), members);
  }

  /** Plays, and says so. */
  async play() {
    await this.page.evaluate(() => window.player.run());
    await this.send('play');
  }

  /** Stops, and says why: `pauseStart` or `bufferStart`. */
  async halt(name) {
    await this.page.evaluate(() => window.player.halt());
    await this.send(name);
  }

  /** What the SDK posted, and what it was answered. */
  exchanges() {
    const look = async (request) => {
      const response = await request.response();
      const { pathname } = new URL(request.url());
      const { cookie } = await request.allHeaders();
      return { path: pathname, cookie, body: request.postDataJSON(), status: response?.status() };
    };
    return Promise.all(this.#requests.map(look));
  }

  settled() {
    return this.page.evaluate(() => window.settled());
  }
}

/** What is watched unless a test says otherwise. */
export const FILM = {
  name: 'film-1',
  friendlyName: 'The film',
  length: 100,
  contentType: 'vod',
  streamType: 'video',
};
