/** A real server in a folder of its own, with its clock moved by hand, and players that talk to it. */

import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';

export const BINARY = process.env.PLAYHEAD ?? resolve('..', 'target/release/playhead');
/** Server time at which the tests begin: noon of a day in UTC. */
export const NOON = Date.UTC(2026, 2, 3, 12);

export type Params = Record<string, unknown>;

interface StartOptions {
  token?: string;
  settings?: string;
  from?: number;
  data?: string;
  /** Whether it knows where simulated viewers are. */
  knowsPlaces?: boolean;
}

export class Server {
  private constructor(
    private readonly process: ChildProcess,
    private readonly folder: string,
    readonly door: string,
    readonly console: string,
    private readonly token: string | undefined,
  ) {}

  static async start({ token, settings = '', from = NOON, data = 'data', knowsPlaces = false }: StartOptions = {}): Promise<Server> {
    const folder = mkdtempSync(join(tmpdir(), 'playhead-e2e-'));
    if (knowsPlaces) {
      const { status } = spawnSync(BINARY, ['simulate', '--geo-file', 'places.mmdb'], { cwd: folder, stdio: 'inherit' });
      if (status !== 0) throw new Error('there are no places');
      settings += '\n[door]\ngeo_file = "places.mmdb"\ntrusted_proxies = ["127.0.0.1"]\n';
    }
    if (token) {
      writeFileSync(join(folder, 'token'), token);
      settings += '\n[console]\ntoken_file = "token"\n';
    }
    writeFileSync(join(folder, 'playhead.toml'), settings);
    const process = spawn(
      BINARY,
      ['serve', '--config', 'playhead.toml', '--data', data, '--listen', '127.0.0.1:0', '--console', '127.0.0.1:0', '--clock', 'manual'],
      { cwd: folder, stdio: ['ignore', 'pipe', 'inherit'], env: {} },
    );
    const [line] = (await Promise.race([
      createInterface({ input: process.stdout! })[Symbol.asyncIterator]().next().then(({ value }) => [value]),
      new Promise<never>((_, reject) => process.once('error', reject)),
    ])) as [string | undefined];
    const match = /^listening on (\S+) console (\S+)$/.exec(line ?? '');
    if (!match) throw new Error(`the server did not start: ${line}`);
    const server = new Server(process, folder, match[1]!, match[2]!, token);
    if (from > 0) await server.setClock(from);
    return server;
  }

  private headers(): Record<string, string> {
    return { 'Content-Type': 'application/json', ...(this.token ? { Authorization: `Bearer ${this.token}` } : {}) };
  }

  /** Moves the clock; everything due by then is done afterwards. */
  async setClock(to: number): Promise<void> {
    const answer = await fetch(`${this.console}/v1/clock`, { method: 'POST', headers: this.headers(), body: JSON.stringify({ to_ms: to }) });
    if (!answer.ok) throw new Error(`clock to ${to}: ${await answer.text()}`);
  }

  /** Ends the process at once, and waits for its end. */
  async kill(): Promise<void> {
    const ended = new Promise((done) => this.process.once('exit', done));
    if (this.process.exitCode === null && this.process.signalCode === null) {
      this.process.kill('SIGKILL');
      await ended;
    }
  }

  async stop(): Promise<void> {
    await this.kill();
    rmSync(this.folder, { recursive: true });
  }
}

/** A player with one session. Server and player have the same clock. */
export class Player {
  private constructor(
    private readonly server: Server,
    readonly sid: string,
    private readonly started: number,
  ) {}

  static async open(server: Server, at: number, params: Params = {}, custom: Params = {}, headers: Record<string, string> = {}): Promise<Player> {
    await server.setClock(at);
    const answer = await fetch(`${server.door}/api/v1/sessions`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json', ...headers },
      body: JSON.stringify({
        eventType: 'sessionStart',
        playerTime: { playhead: 0, ts: at },
        customMetadata: custom,
        params: {
          'analytics.trackingServer': 'stats.example.com',
          'analytics.reportSuite': 'shop',
          'analytics.visitorId': 'viewer-1',
          'visitor.marketingCloudOrgId': 'EXAMPLE@AdobeOrg',
          'media.id': 'film-1',
          'media.name': 'The big film',
          'media.length': 600,
          'media.contentType': 'vod',
          'media.playerName': 'web',
          'media.sdkVersion': '1.0',
          'media.channel': 'films',
          ...params,
        },
      }),
    });
    const location = answer.headers.get('location');
    if (!location) throw new Error(`no session: ${await answer.text()}`);
    return new Player(server, location.split('/').pop()!, at);
  }

  /** Sends an event so many seconds after the start; answers with the status. */
  async say(seconds: number, eventType: string, playhead: unknown, rest: Params = {}): Promise<number> {
    const at = this.started + seconds * 1000;
    await this.server.setClock(at);
    const answer = await fetch(`${this.server.door}/api/v1/sessions/${this.sid}/events`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify({ eventType, playerTime: { playhead, ts: at }, ...rest }),
    });
    return answer.status;
  }
}
