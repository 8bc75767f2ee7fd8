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

export const HOSTILE = {
  script: '<script>document.title = "taken"</script><img src=x onerror="document.title=\'taken\'">',
  long: 'x'.repeat(10_000),
  rightToLeft: '\u202e\u05e9\u05dc\u05d5\u05dd film',
  emoji: '🎬👩‍👩‍👧‍👦 film',
};
