// The web site that embeds a player: the pages of this folder, and the Web SDK just as its package
// holds it.

import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import http from 'node:http';
import https from 'node:https';

import { certificate } from './certificate.js';

const HERE = new URL('../', import.meta.url);
const FILES = {
  '/alloy.html': ['pages/alloy.html', 'text/html'],
  '/alloy-page.js': ['pages/alloy-page.js', 'text/javascript'],
  '/alloy.js': ['node_modules/@adobe/alloy/dist/alloy.js', 'text/javascript'],
  '/base-code.js': ['node_modules/@adobe/alloy/src/baseCode/index.js', 'text/javascript'],
  '/blank.html': ['pages/blank.html', 'text/html'],
};

/** Serves the site and gives its port; with `secure`, by https. */
export async function openSite(t, { secure = true } = {}) {
  const server = secure ? https.createServer(certificate(), serve) : http.createServer(serve);
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
