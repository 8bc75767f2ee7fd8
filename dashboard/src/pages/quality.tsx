/** How well it plays: starts, rebuffering, errors, and where it is worst. */

import { own } from '../api/own-metrics';
import { ScorePanel } from '../panels/quality/score-panel';
import { Worst } from '../panels/quality/worst';
import { Breakdown } from '../panels/report/breakdown';
import { Overview } from '../panels/report/overview';
import { Spread } from '../panels/report/spread';
import { ReportPage } from '../ui/report-page';

const METRICS = [
  'p95(timeToStart)', own('startFailureRate'), own('exitBeforeStartRate'), 'rebufferRatio', own('playbackFailureRate'), own('errorRate'), 'bitrateAverage',
];

export function Quality() {
  return (
    <ReportPage head={<h1>Quality</h1>}>
      <Overview metrics={METRICS} />
      <Worst />
      <div class="split">
        <Spread title="Time to start" metric="timeToStart" edges={[0, 1, 2, 3, 4, 5, 6, 8, 10, 15, 20, 30]} />
        <Spread title="Average bitrate" metric="bitrateAverage" edges={[0, 250, 500, 1000, 1500, 2000, 3000, 4000, 5000, 6000, 8000, 10_000, 15_000]} tone="series-4" />
      </div>
      <ScorePanel />
      <Breakdown title="By player and version" dimensions={['playerName', 'appVersion']} limit={20}
        metrics={['isViewed', 'median(timeToStart)', own('errorRate'), own('stallsPerHour'), own('droppedPerMinute'), 'bitrateAverage']} />
      <div class="split">
        <Breakdown title="Errors of players" dimensions={['playerSdkErrors']} metrics={['sessions', 'isStartFailure', 'isPlaybackFailure']} onlyKnown
          about="Sessions with each error id that players sent" empty="No player reported an error." />
        <Breakdown title="Errors from outside" dimensions={['externalErrors']} metrics={['sessions', 'isStartFailure', 'isPlaybackFailure']} onlyKnown
          about="Sessions with each error id from outside of the player, such as of a CDN" empty="Nothing outside of the players reported an error." />
      </div>
      <Breakdown title="Errors by player and version" dimensions={['playerSdkErrors', 'playerName', 'appVersion']} limit={20} onlyKnown
        metrics={['sessions', 'isStartFailure', 'isPlaybackFailure', 'errorCount']} about="Sessions with each error id that players sent, by who sent it" empty="No player reported an error." />
    </ReportPage>
  );
}
