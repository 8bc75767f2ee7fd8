// What may stand in front of the door: a plain proxy that ends TLS and says for whom it asks. It
// writes down every exchange, and on demand answers itself or breaks the connection.

import { once } from 'node:events';
import http from 'node:http';
import https from 'node:https';

import { certificate } from './certificate.js';

export class Front {
  #door;
  #planned = [];
  #tell = () => {};

  /** What is done with every request, in the words of `next`, until it is taken back. */
  fault;

  /** All requests that came, with what was answered; a request that was cut has no status. */
  exchanges = [];

  static async open(t, door) {
    const front = new Front();
    front.#door = door;
    const server = https.createServer(certificate(), (request, response) => {
      front.#serve(request, response).catch(() => response.destroy());
    });
    // A browser sends a request again if a connection that it has used before breaks, so whether it is
    // an old one must not depend on how long a test takes.
    server.keepAliveTimeout = 0;
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    t.after(() => {
      server.closeAllConnections();
      server.close();
    });
    front.port = server.address().port;
    return front;
  }

  /**
   * Does something else with the next `count` requests: answers `{ status, headers, body }` itself,
   * or breaks the connection: with `'cut'` before the door is asked, with `'lose'` after it.
   */
  next(count, answer) {
    this.#planned.push(...Array(count).fill(answer));
  }

  /** Waits until so many requests have been answered. */
  async until(count) {
    while (this.exchanges.filter(({ status }) => status).length < count) {
      await new Promise((resolve) => (this.#tell = resolve));
    }
  }

  async #serve(request, response) {
    const body = Buffer.concat(await request.toArray());
    const { method, url, headers } = request;
    const exchange = { method, url, headers, body: body.toString() };
    this.exchanges.push(exchange);
    const planned = this.fault ?? this.#planned.shift();
    if (planned === 'cut') {
      request.socket.destroy();
      return;
    }
    const isOwn = planned && planned !== 'lose';
    const answer = isOwn ? planned : await this.#ask(exchange, request.socket.remoteAddress);
    if (planned === 'lose') {
      request.socket.destroy();
      return;
    }
    exchange.status = answer.status;
    exchange.answerHeaders = answer.headers;
    exchange.answer = answer.body;
    this.#tell();
    const origin = headers.origin ?? '*';
    const allow = { 'Access-Control-Allow-Origin': origin, 'Access-Control-Allow-Credentials': 'true' };
    response.writeHead(answer.status, isOwn ? { ...allow, ...answer.headers } : answer.headers);
    response.end(answer.body);
  }

  async #ask({ method, url, headers, body }, remoteAddress) {
    const own = { connection: 'close', 'x-forwarded-for': remoteAddress };
    const asked = http.request(new URL(url, this.#door), {
      method,
      headers: { ...headers, ...own },
      agent: false,
    });
    asked.end(body);
    const [answer] = await once(asked, 'response');
    const answered = Buffer.concat(await answer.toArray()).toString();
    delete answer.headers.connection;
    return { status: answer.statusCode, headers: answer.headers, body: answered };
  }
}
