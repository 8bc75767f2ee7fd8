/** How each kind of client is pointed here. `door` is the address that players send to. */

export interface Snippet {
  title: string;
  about: string;
  code: (door: string) => string;
}

const START = {
  'analytics.trackingServer': 'stats.example.com',
  'analytics.reportSuite': 'first.suite',
  'analytics.visitorId': 'viewer-1',
  'visitor.marketingCloudOrgId': 'EXAMPLE@AdobeOrg',
  'media.id': 'big-film',
  'media.name': 'The big film',
  'media.length': 5400,
  'media.contentType': 'vod',
  'media.playerName': 'my player',
  'media.channel': 'films',
};

const params = (indent: string) => JSON.stringify(START, null, 2).replaceAll('\n', `\n${indent}`);

export const SNIPPETS: Snippet[] = [
  {
    title: 'curl',
    about: 'A session from a terminal: it opens, plays five seconds and ends.',
    code: (door) => `now() { echo "$(date +%s)000"; }
location=$(curl -sS -o /dev/null -D - ${door}/api/v1/sessions \\
  -H 'Content-Type: application/json' -d '{
    "eventType": "sessionStart",
    "playerTime": {"playhead": 0, "ts": '"$(now)"'},
    "params": ${params('    ')}
  }' | tr -d '\\r' | sed -n 's/^[Ll]ocation: //p')

event() {
  curl -sS -o /dev/null "${door}$location/events" \\
    -H 'Content-Type: application/json' \\
    -d '{"eventType": "'"$1"'", "playerTime": {"playhead": '"$2"', "ts": '"$(now)"'}}'
}
event play 0; sleep 5; event sessionEnd 5
`,
  },
  {
    title: 'JavaScript',
    about: 'A player of your own, in a browser or anywhere else with fetch: one request for each event.',
    code: (door) => `const door = '${door}';
const send = (path, eventType, playhead, params) =>
  fetch(door + path, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ eventType, playerTime: { playhead, ts: Date.now() }, params }),
  });

const answer = await send('/api/v1/sessions', 'sessionStart', 0, ${params('')});
const events = answer.headers.get('Location') + '/events';

video.addEventListener('playing', () => send(events, 'play', video.currentTime));
video.addEventListener('pause', () => send(events, 'pauseStart', video.currentTime));
video.addEventListener('waiting', () => send(events, 'bufferStart', video.currentTime));
video.addEventListener('ended', () => send(events, 'sessionComplete', video.currentTime));
setInterval(() => send(events, 'ping', video.currentTime), 10_000);
`,
  },
  {
    title: 'Media SDK',
    about: 'A web page with the Media SDK 3.x: the tracking server is the one thing that changes.',
    code: (door) => `const config = new ADB.MediaConfig();
config.trackingServer = '${door.replace(/^https?:\/\//, '')}';
config.ssl = ${door.startsWith('https://')};
config.playerName = 'my player';
config.channel = 'films';
ADB.Media.configure(config, appMeasurement);
`,
  },
];
