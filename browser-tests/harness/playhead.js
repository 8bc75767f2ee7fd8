// The real server: started in a folder of its own on ports of its own, asked at its console, and
// ended by the id of its process.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, open, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setImmediate } from 'node:timers/promises';

const BINARY = process.env.PLAYHEAD;
if (!BINARY) throw new Error('PLAYHEAD has to name the binary; `make test-web` does so');

export class Playhead {
  #folder;
  #process;

  /**
   * Starts a server; it ends with the test `t`. Its clock stands still until `clockTo` moves it.
   * `settings` is the text of its settings file.
   */
  static async start(t, { settings = '' } = {}) {
    const playhead = new Playhead();
    playhead.#folder = await mkdtemp(join(tmpdir(), 'playhead-browser-test-'));
    t.after(() => playhead.#remove());
    await writeFile(join(playhead.#folder, 'playhead.toml'), settings);
    await playhead.#serve('127.0.0.1:0', '127.0.0.1:0');
    return playhead;
  }

  /** Ends it at once, as a crash would. */
  async kill() {
    const ended = once(this.#process, 'exit');
    if (this.#process.kill('SIGKILL')) await ended;
  }

  /** Starts it again on the same data and the same ports. */
  async startAgain() {
    await this.#serve(this.door.host, this.console.host);
  }

  /** Moves the server's clock; what is due by then is done afterwards. */
  async clockTo(ms) {
    const answer = await fetch(new URL('/v1/clock', this.console), {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify({ to_ms: ms }),
    });
    if (!answer.ok) throw new Error(`clock to ${ms}: ${answer.status} ${await answer.text()}`);
  }

  /** Asks the console and gives the JSON of a good answer. */
  async ask(path) {
    return JSON.parse(await this.#get(path));
  }

  /** Waits until each session that is closed is stored, and so makes room for another one. */
  async settled() {
    const isClosing = /^playhead_sessions_closing [1-9]/m;
    while (isClosing.test(await this.#get('/metrics'))) await setImmediate();
  }

  /** What is known of a session. */
  session(sid) {
    return this.ask(`/v1/sessions/${sid}`);
  }

  /** All sessions, the oldest first. */
  async sessions() {
    const { sessions } = await this.ask('/v1/sessions?limit=500');
    return sessions.reverse();
  }

  /** The events of a session in the order of their arrival. */
  async events(sid) {
    const { events } = await this.ask(`/v1/sessions/${sid}/events`);
    return events;
  }

  async #get(path) {
    const answer = await fetch(new URL(path, this.console));
    const text = await answer.text();
    if (!answer.ok) throw new Error(`GET ${path}: ${answer.status} ${text}`);
    return text;
  }

  async #serve(listen, console) {
    const flags = ['serve', '--data', 'data', '--config', 'playhead.toml', '--clock', 'manual'];
    const addresses = ['--listen', listen, '--console', console];
    const stderr = await open(join(this.#folder, 'stderr'), 'a');
    const child = spawn(BINARY, [...flags, ...addresses], {
      cwd: this.#folder,
      env: {},
      stdio: ['ignore', 'pipe', stderr.fd],
    });
    await stderr.close();
    this.#process = child;
    const ended = once(child, 'exit').then(() => undefined);
    const line = await Promise.race([firstLine(child.stdout), ended]);
    const said = /^listening on (\S+) console (\S+)$/.exec(line ?? '');
    if (!said) {
      const errors = await readFile(join(this.#folder, 'stderr'), 'utf8');
      throw new Error(`the server did not start: ${line}\n${errors}`);
    }
    this.door = new URL(said[1]);
    this.console = new URL(said[2]);
  }

  async #remove() {
    await this.kill();
    await rm(this.#folder, { recursive: true });
  }
}

async function firstLine(stream) {
  for await (const line of createInterface({ input: stream })) return line;
}
