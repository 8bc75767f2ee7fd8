/** Ads: how many are shown and watched, where, whose, and what they do to those who watch. */

import type { Filter } from '../api/report';
import { own } from '../api/own-metrics';
import { adFunnel } from '../panels/ads/funnel';
import { Breakdown } from '../panels/report/breakdown';
import { Overview } from '../panels/report/overview';
import { useReport } from '../state/reports';
import { Bar } from '../ui/bar';
import { count, share } from '../ui/format';
import { Panel } from '../ui/panel';
import { ReportPage } from '../ui/report-page';
import { Loading } from '../ui/states';

const METRICS = ['ad.isStarted', 'adCompletionRate', 'ad.timePlayed', 'averageAdTime', 'adsPerMediaStream', own('adTimeShare')];
const EACH = ['ad.isStarted', 'adCompletionRate', 'ad.timePlayed'];

export function Ads() {
  return (
    <ReportPage head={<h1>Ads</h1>}>
      <Overview metrics={METRICS} />
      <div class="split">
        <Funnel />
        <Breakdown title="What ads do to those who watch" about="Sessions by how many ads they had" dimensions={['adCount']}
          metrics={['isViewed', 'dropBeforeStartRate', 'contentCompletionRate', 'averageContentTime']} limit={12} inOrder
          note="Sessions by how many ads they had. Long content has more ads, so compare within one title: filter by content." />
      </div>
      <div class="split">
        <Breakdown title="By pod" dimensions={['ad.podFriendlyName']} metrics={EACH} onlyKnown empty="No ad of this range says in which pod it was." />
        <Breakdown title="By position in the pod" dimensions={['ad.podPosition']} metrics={EACH} onlyKnown empty="No ad of this range says at which position it was." />
        <Breakdown title="By advertiser" dimensions={['ad.advertiser']} metrics={EACH} onlyKnown empty="No ad of this range names its advertiser." />
        <Breakdown title="By creative" dimensions={['ad.creativeID']} metrics={EACH} onlyKnown empty="No ad of this range names its creative." />
      </div>
      <Breakdown title="Every ad" dimensions={['ad.friendlyName', 'ad.id']} metrics={[...EACH, 'averageAdTime']} limit={20} empty="There is no ad in this range." />
    </ReportPage>
  );
}

const HAS_ADS: Filter[] = [{ metric: 'adCount', op: '>', value: 0 }];
const IS_FIRST: Filter[] = [{ dimension: 'ad.podPosition', value: '1' }];

function Funnel() {
  const all = useReport({ metrics: ['isViewed', 'ad.isStarted', 'ad.isCompleted'] });
  const withAds = useReport({ metrics: ['isViewed'], filters: HAS_ADS });
  const breaks = useReport({ metrics: ['ad.isStarted'], filters: IS_FIRST });
  const ready = withAds.data && breaks.data;
  return (
    <Panel
      title="From break to complete"
      report={all.error ? all : withAds.error ? withAds : breaks.error ? breaks : all}
      isTable
      isEmpty={(answer) => !answer.totals[1]}
      empty="No ad started in this range."
      grid={(answer) => ({
        columns: [{ title: 'Step', unit: 'text' }, { title: 'Number', unit: 'count' }],
        rows: ready ? adFunnel(answer, withAds.data!, breaks.data!).map(({ title, value }) => [title, value]) : [],
      })}
    >
      {(answer) => ready ? (
        <ol class="bars funnel">
          {adFunnel(answer, withAds.data!, breaks.data!).map(({ title, about, value, of }) => (
            <li key={title} title={about}>
              <span class={/^[a-z]/.test(title) ? 'inner' : ''}>{title}</span>
              <Bar value={value} most={of} text={value === of ? count(value) : `${count(value)} · ${share(value, of)}`} />
            </li>
          ))}
        </ol>
      ) : <Loading what="the rest of it" />}
    </Panel>
  );
}
