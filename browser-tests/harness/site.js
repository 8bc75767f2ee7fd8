// The web site that embeds a player: the pages of this folder.

import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import http from 'node:http';

const HERE = new URL('../', import.meta.url);
const FILES = {
  '/blank.html': ['pages/blank.html', 'text/html'],
};

/** Serves the site and gives its port. */
export async function openSite(t) {
  const server = http.createServer(serve);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  return server.address().port;
}

async function serve(request, response) {
  const [file, type] = FILES[request.url] ?? [];
  if (!file) {
    response.writeHead(404).end();
    return;
  }
  response.writeHead(200, { 'Content-Type': `${type}; charset=utf-8` });
  response.end(await readFile(new URL(file, HERE)));
}
