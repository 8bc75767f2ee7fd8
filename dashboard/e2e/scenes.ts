/** What several tests look at: sessions whose numbers one can check in the head. */

import { NOON, Player, type Server } from './server';

/** A film that is watched for 60 s, with an ad of 10 s, 4 s of buffering, an error and a pause. */
export async function film(server: Server, at = NOON): Promise<Player> {
  const player = await Player.open(server, at, {}, { league: 'first' });
  const quality = (bitrate: number) => ({ qoeData: { 'media.qoe.bitrate': bitrate, 'media.qoe.timeToStart': 800 } });
  await player.say(0.2, 'bufferStart', 0);
  await player.say(1.2, 'play', 0, quality(2_000));
  await player.say(11.2, 'ping', 10);
  await player.say(21.2, 'adBreakStart', 20, { params: { 'media.ad.podIndex': 1, 'media.ad.podSecond': 20, 'media.ad.podFriendlyName': 'mid' } });
  await player.say(21.2, 'adStart', 20, {
    params: { 'media.ad.id': 'spot-1', 'media.ad.name': 'The spot', 'media.ad.length': 10, 'media.ad.podPosition': 1, 'media.ad.playerName': 'web', 'media.ad.advertiser': 'Acme' },
  });
  await player.say(31.2, 'adComplete', 20);
  await player.say(31.2, 'adBreakComplete', 20);
  await player.say(31.2, 'play', 20, quality(2_000));
  await player.say(31.3, 'chapterStart', 20, { params: { 'media.chapter.index': 1, 'media.chapter.offset': 20, 'media.chapter.length': 40, 'media.chapter.friendlyName': 'Finale' } });
  await player.say(41.2, 'bufferStart', 30);
  await player.say(44.2, 'play', 30, { qoeData: { 'media.qoe.bitrate': 4_000 } });
  await player.say(50.2, 'error', 36, { qoeData: { 'media.qoe.errorID': 'decode', 'media.qoe.errorSource': 'player' } });
  await player.say(54.2, 'pauseStart', 40);
  await player.say(64.2, 'play', 40);
  await player.say(84.2, 'ping', 60);
  return player;
}

/** A player that sends bodies which break the protocol, and ads outside of a break. */
export async function hobbyPlayer(server: Server, at: number): Promise<Player> {
  const player = await Player.open(server, at, { 'media.playerName': 'hobby', 'media.sdkVersion': '0.3', 'analytics.visitorId': 'viewer-2', 'media.name': 'Clip' });
  await player.say(1, 'play', 0);
  await player.say(11, 'ping', '10');
  await player.say(12, 'adStart', 11, { params: { 'media.ad.id': 'x', 'media.ad.length': 5, 'media.ad.podPosition': 1, 'media.ad.playerName': 'hobby' } });
  await player.say(21, 'ping', 20);
  await player.say(22, 'sessionEnd', 21);
  await player.say(30, 'ping', 21);
  return player;
}

/**
 * Four views of two titles by three visitors, over by NOON + 500 s: the film of `film`; a clip of a minute to its
 * end, by viewer-1; the film for 30 s, the first 10 of them twice, by viewer-2 on a television; a start that fails,
 * by viewer-3 on it.
 */
export async function views(server: Server): Promise<void> {
  const first = await film(server);
  await first.say(85.2, 'sessionEnd', 61);
  const clip = await Player.open(server, NOON + 200_000, { 'media.id': 'clip-1', 'media.name': 'Clip', 'media.length': 60, 'media.channel': 'clips' });
  await clip.say(1, 'play', 0, { qoeData: { 'media.qoe.timeToStart': 3_000 } });
  await clip.say(31, 'ping', 30);
  await clip.say(61, 'sessionComplete', 60);
  const tv = { 'media.playerName': 'tv', 'media.sdkVersion': '2.0' };
  const again = await Player.open(server, NOON + 300_000, { ...tv, 'analytics.visitorId': 'viewer-2' });
  await again.say(1, 'play', 0);
  await again.say(11, 'pauseStart', 10);
  await again.say(12, 'play', 0);
  await again.say(42, 'sessionEnd', 30);
  const failed = await Player.open(server, NOON + 400_000, { ...tv, 'analytics.visitorId': 'viewer-3' });
  await failed.say(2, 'error', 0, { qoeData: { 'media.qoe.errorID': 'no-licence', 'media.qoe.errorSource': 'player' } });
  await failed.say(3, 'sessionEnd', 0);
  await server.setClock(NOON + 500_000);
}

/**
 * As it is at NOON + 20 s: viewer-1 watches the film on the web, viewer-2 waits for it to go on on a television, and
 * viewer-3 sees the error of a clip there, which never started.
 */
export async function watching(server: Server): Promise<void> {
  const tv = { 'media.playerName': 'tv', 'media.sdkVersion': '2.0' };
  const web = await Player.open(server, NOON);
  await web.say(1, 'play', 0);
  const waits = await Player.open(server, NOON + 2_000, { ...tv, 'analytics.visitorId': 'viewer-2' });
  await waits.say(1, 'play', 0);
  const failed = await Player.open(server, NOON + 4_000, { ...tv, 'analytics.visitorId': 'viewer-3', 'media.id': 'clip-1', 'media.name': 'Clip', 'media.channel': 'clips' });
  await failed.say(1, 'error', 0, { qoeData: { 'media.qoe.errorID': 'no-licence', 'media.qoe.errorSource': 'player' } });
  await web.say(11, 'ping', 10);
  await waits.say(11, 'bufferStart', 10);
  await server.setClock(NOON + 20_000);
}

export const HOSTILE = {
  script: '<script>document.title = "taken"</script><img src=x onerror="document.title=\'taken\'">',
  long: 'x'.repeat(10_000),
  rightToLeft: '\u202e\u05e9\u05dc\u05d5\u05dd film',
  emoji: '🎬👩‍👩‍👧‍👦 film',
};
