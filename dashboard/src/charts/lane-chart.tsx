/** Lanes over one axis of time, with a curve among them. Plain elements: they need no canvas. */

import { Fragment } from 'preact';
import { useState } from 'preact/hooks';
import type { Block, Lane, Point } from '../panels/session/lanes';
import { position } from '../ui/format';
import { timeTicks } from './axis';

export interface LaneChartProps {
  lanes: Lane[];
  points: Point[];
  /** ms */
  length: number;
  /** What is so at an instant, in words. */
  describe: (at: number) => string;
  onCall: (number: number) => void;
}

interface View {
  from: number;
  to: number;
}

export function LaneChart({ lanes, points, length, describe, onCall }: LaneChartProps) {
  const [zoomed, setZoomed] = useState<View | null>(null);
  const [cursor, setCursor] = useState<number | null>(null);
  const view = zoomed ?? { from: 0, to: length };
  const width = view.to - view.from;
  const percent = (at: number) => (100 * (at - view.from)) / width;
  const zoom = (factor: number, around = (view.from + view.to) / 2) => {
    const half = Math.max(500, (width * factor) / 2);
    const from = Math.max(0, around - half);
    const to = Math.min(length, around + half);
    setZoomed(to - from >= length ? null : { from, to });
  };
  const move = (by: number) => {
    const from = Math.min(Math.max(0, view.from + by * width), length - width);
    setZoomed(width >= length ? null : { from, to: from + width });
  };
  const keys: Record<string, () => void> = {
    '+': () => zoom(0.5), '-': () => zoom(2), ArrowLeft: () => move(-0.2), ArrowRight: () => move(0.2), Home: () => setZoomed(null),
  };
  const follow = (event: PointerEvent) => {
    const box = (event.currentTarget as HTMLElement).getBoundingClientRect();
    const at = view.from + ((event.clientX - box.left) / box.width) * width;
    setCursor(Math.min(view.to, Math.max(view.from, at)));
  };
  const visible = (block: Block) => block.to >= view.from && block.from <= view.to;
  return (
    <div
      class="lanes"
      role="group"
      tabIndex={0}
      aria-label="Time line: plus and minus zoom, arrows move. The same is in the table of spans."
      onKeyDown={(event) => {
        const act = keys[event.key];
        if (!act || event.target !== event.currentTarget) return;
        event.preventDefault();
        act();
      }}
    >
      <div class="lane-tools">
        <span class="readout">{cursor === null ? 'Hover over the lanes to read them' : describe(cursor)}</span>
        <button type="button" class="icon" onClick={() => zoom(0.5)} aria-label="Zoom in">+</button>
        <button type="button" class="icon" onClick={() => zoom(2)} aria-label="Zoom out" disabled={!zoomed}>−</button>
        <button type="button" class="icon" onClick={() => move(-0.2)} aria-label="Earlier" disabled={!zoomed}>←</button>
        <button type="button" class="icon" onClick={() => move(0.2)} aria-label="Later" disabled={!zoomed}>→</button>
        <button type="button" onClick={() => setZoomed(null)} disabled={!zoomed}>All</button>
      </div>
      <div class="lane-body" onPointerLeave={() => setCursor(null)}>
        {lanes.map((lane, index) => (
          <Fragment key={lane.name}>
            <div class="lane">
              <div class="lane-title" title={lane.title}><bdi>{lane.title}</bdi></div>
              <div class={`track track-${lane.name}`} onPointerMove={follow}>
                {lane.blocks.filter(visible).map((block) => (
                  <span
                    key={`${block.from} ${block.tone} ${block.call}`}
                    class={`block tone-${block.tone} ${block.to === block.from ? 'tick' : ''} ${(block.height ?? 1) < 0.5 ? 'low' : ''}`}
                    style={{
                      left: `${percent(block.from)}%`,
                      width: block.to === block.from ? '' : `${Math.max(0.05, percent(block.to) - percent(block.from))}%`,
                      height: block.height === undefined ? '' : `${100 * block.height}%`,
                    }}
                    title={block.text}
                    onClick={() => block.call !== undefined && onCall(block.call)}
                  >
                    {percent(block.to) - percent(block.from) > 8 && <span><bdi>{block.text}</bdi></span>}
                  </span>
                ))}
                {cursor !== null && <span class="cursor" style={{ left: `${percent(cursor)}%` }} />}
              </div>
            </div>
            {index === 0 && <Curve points={points} view={view} follow={follow} cursor={cursor === null ? null : percent(cursor)} />}
          </Fragment>
        ))}
        <div class="lane axis">
          <div class="lane-title" />
          <div class="track">
            {timeTicks(view.from / 1000, view.to / 1000, 8).map((at) => (
              <span key={at} class="mark-at" style={{ left: `${percent(at * 1000)}%` }}>{position(at)}</span>
            ))}
          </div>
        </div>
      </div>
    </div>
  );
}

interface CurveProps {
  points: Point[];
  view: View;
  cursor: number | null;
  follow: (event: PointerEvent) => void;
}

/** The playhead: its way through the content. */
function Curve({ points, view, cursor, follow }: CurveProps) {
  if (points.length < 2) return null;
  const places = points.map(({ playhead }) => playhead);
  const [least, most] = [places.reduce((a, b) => Math.min(a, b)), places.reduce((a, b) => Math.max(a, b))];
  const height = most - least || 1;
  const x = (at: number) => ((at - view.from) / (view.to - view.from)) * 1000;
  const line = points.map(({ at, playhead }) => `${x(at).toFixed(2)},${(96 - (92 * (playhead - least)) / height).toFixed(2)}`);
  return (
    <div class="lane">
      <div class="lane-title">Playhead<span class="quiet"> {position(least)}–{position(most)}</span></div>
      <div class="track curve" onPointerMove={follow}>
        <svg viewBox="0 0 1000 100" preserveAspectRatio="none" aria-hidden="true">
          <polyline points={line.join(' ')} vector-effect="non-scaling-stroke" />
        </svg>
        {cursor !== null && <span class="cursor" style={{ left: `${cursor}%` }} />}
      </div>
    </div>
  );
}
