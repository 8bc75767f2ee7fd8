// The network as a browser of a test sees it: a proxy that knows a few host names, each of which
// is a server on this machine. Ports are free to be anything that way, though the browser asks for
// 443. There is nothing else to reach, and what was asked for in vain is written down.

import { once } from 'node:events';
import http from 'node:http';
import net from 'node:net';

export class Network {
  #hosts = new Map();
  #tunnels = new Set();

  /** Host names that the browser wanted and that are none of the test. */
  strangers = [];

  static async open(t) {
    const network = new Network();
    const server = http.createServer((_, response) => response.writeHead(403).end());
    server.on('connect', (request, socket) => network.#connect(request, socket));
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    t.after(() => {
      network.cut();
      server.close();
    });
    network.proxy = `http://127.0.0.1:${server.address().port}`;
    return network;
  }

  /** From now on `name`, at port 443, is the server at `port` of this machine. */
  host(name, port) {
    this.#hosts.set(name, Number(port));
  }

  /** Cuts all connections that are open. */
  cut() {
    for (const socket of this.#tunnels) socket.destroy();
  }

  #connect(request, socket) {
    const name = request.url.replace(/:443$/, '');
    const port = this.#hosts.get(name);
    if (port === undefined) {
      this.strangers.push(request.url);
      socket.end('HTTP/1.1 502 Bad Gateway\r\n\r\n');
      return;
    }
    const server = net.connect(port, '127.0.0.1', () => {
      socket.write('HTTP/1.1 200 Connection Established\r\n\r\n');
      server.pipe(socket).pipe(server);
    });
    for (const [end, other] of [[socket, server], [server, socket]]) {
      this.#tunnels.add(end);
      end.on('error', () => other.destroy());
      end.on('close', () => {
        this.#tunnels.delete(end);
        other.destroy();
      });
    }
  }
}
