/** The one wrapper of uPlot: lines, areas or bars over one axis, with a readout, keys, and the colours of the page. */

import { useEffect, useMemo, useRef, useState } from 'preact/hooks';
import uPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';
import { colours, onThemeChange } from './colours';
import { bands, valueRange, type Band, type Line, type Mark } from './plot-data';
import type { Tick } from './ticks';

export interface PlotProps {
  /** What is seen, for those who don't. */
  label: string;
  x: number[];
  lines: Line[];
  /** Marks on the axis between two of its values, at most so many. */
  ticks: (from: number, to: number, most: number) => Tick[];
  /** What stands at a place, as the head of the readout. */
  describe: (index: number) => string;
  /** A value of the lines on their axis. */
  axis: (value: number) => string;
  /** Steps of the axis of values; those of uPlot if absent. */
  steps?: number[];
  height?: number;
  /** Each value a bar as wide as its unit. */
  isBars?: boolean;
  /** From this place on numbers may change. */
  partialFrom?: number;
  marks?: Mark[];
  most?: number;
}

const FONT = '12px system-ui, -apple-system, "Segoe UI", Roboto, sans-serif';

export function Plot(props: PlotProps) {
  const { label, x, lines, describe, height = 240 } = props;
  const box = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot | null>(null);
  const [at, setAt] = useState<number | null>(null);
  const [left, setLeft] = useState(0);
  const [hidden, setHidden] = useState<string[]>([]);
  const shown = useMemo(() => lines.filter(({ title }) => !hidden.includes(title)), [lines, hidden]);
  const drawn = useMemo(() => bands(shown, props.partialFrom), [shown, props.partialFrom]);
  const latest = useRef<Built>();
  latest.current = { ...props, drawn, height };
  // All but the numbers: while it is the same, they move and nothing is made anew.
  const form = JSON.stringify([drawn.map(({ line, values, isPartial }) => [line.title, line.tone, line.style, isPartial, isLone(values)]), x.length < 2, height, props.isBars]);
  const isFresh = useRef(false);

  useEffect(() => {
    const target = box.current!;
    const draw = () => {
      plot.current?.destroy();
      plot.current = build(() => latest.current!, target, (index, place) => {
        setAt(index);
        setLeft(place);
      });
    };
    draw();
    isFresh.current = true;
    const observer = new ResizeObserver(() => plot.current?.setSize({ width: target.clientWidth, height }));
    observer.observe(target);
    const stop = onThemeChange(draw);
    return () => {
      observer.disconnect();
      stop();
      plot.current?.destroy();
      plot.current = null;
    };
  }, [form]);
  useEffect(() => {
    if (!isFresh.current) plot.current?.setData(dataOf(latest.current!));
    isFresh.current = false;
  }, [x, drawn, props.marks, props.most]);

  const move = (to: number) => {
    const { current } = plot;
    if (!current || x.length === 0) return;
    const index = Math.min(x.length - 1, Math.max(0, to));
    current.setCursor({ left: current.valToPos(x[index]!, 'x'), top: 0 });
  };
  const keys: Record<string, () => void> = {
    ArrowLeft: () => move((at ?? x.length) - 1),
    ArrowRight: () => move((at ?? -1) + 1),
    Home: () => move(0),
    End: () => move(x.length - 1),
    Escape: () => plot.current?.setCursor({ left: -10, top: -10 }),
  };
  const toggle = (title: string) =>
    setHidden(hidden.includes(title) ? hidden.filter((other) => other !== title) : [...hidden, title]);
  const readout = at === null || at >= x.length ? null : { head: describe(at), values: shown.map((line) => ({ line, text: line.format(line.values[at] ?? null) })) };
  return (
    <div class="plot">
      {lines.length > 1 && (
        <ul class="legend" aria-label="Lines of the chart">
          {lines.map(({ title, tone, style }) => (
            <li key={title}>
              <button type="button" class="plain" aria-pressed={!hidden.includes(title)} onClick={() => toggle(title)}
                disabled={shown.length === 1 && !hidden.includes(title)}>
                <span class={`swatch ${style ?? 'line'}`} style={{ '--tone': `var(--${tone})` }} aria-hidden="true" />
                <bdi>{title}</bdi>
              </button>
            </li>
          ))}
        </ul>
      )}
      <div
        class="canvas"
        role="group"
        tabIndex={0}
        aria-label={`${label}. Arrow keys read it; the same is in its table.`}
        style={{ height: `${height}px` }}
        onKeyDown={(event) => {
          const act = keys[event.key];
          if (!act) return;
          event.preventDefault();
          act();
        }}
        onBlur={() => plot.current?.setCursor({ left: -10, top: -10 })}
      >
        <div ref={box} class="draws" />
        {readout && (
          <div class={`readbox ${left > (box.current?.clientWidth ?? 0) / 2 ? 'flip' : ''}`} style={{ '--at': `${left}px` }} role="status">
            <div class="quiet">{readout.head}</div>
            {readout.values.map(({ line, text }) => (
              <div key={line.title} class="reading">
                <span class={`swatch ${line.style ?? 'line'}`} style={{ '--tone': `var(--${line.tone})` }} aria-hidden="true" />
                <span><bdi>{line.title}</bdi></span>
                <strong>{text}</strong>
              </div>
            ))}
          </div>
        )}
      </div>
    </div>
  );
}

type Built = PlotProps & { drawn: Band[]; height: number };

/** A single value is no line: it is a dot. */
const isLone = (values: (number | null)[]) => values.reduce<number>((found, value) => found + (value === null ? 0 : 1), 0) === 1;

const dataOf = ({ x, drawn }: Built) => [x, ...drawn.map(({ values }) => values)] as uPlot.AlignedData;

/** What may change is dotted. */
function dashes(style: Line['style'], isPartial: boolean): { dash?: number[] } {
  if (isPartial) return { dash: style === 'over' ? [2, 10] : [2, 4] };
  return style === 'before' ? { dash: [6, 4] } : style === 'over' ? { dash: [8, 8] } : {};
}

/** What changes without being made anew is read when it is drawn. */
function build(now: () => Built, target: HTMLElement, read: (index: number | null, left: number) => void): uPlot {
  const { x, isBars = false, height, drawn, steps } = now();
  const paint = colours(target);
  const series = drawn.map(({ line, values, isPartial }): uPlot.Series => ({
    stroke: paint(line.tone),
    width: line.style === 'before' ? 1.5 : 2,
    ...dashes(line.style, isPartial),
    ...(line.style === 'area' && !isBars ? { fill: paint(line.tone, 0.12) } : {}),
    ...(isBars && line.style !== 'before'
      ? { paths: uPlot.paths.bars!({ size: [0.82, 64], radius: 0.08 }), fill: paint(line.tone, 0.75), width: 0 }
      : {}),
    points: { show: x.length === 1 || isLone(values), size: 6, fill: paint(line.tone) },
  }));
  const splits = (self: uPlot) => {
    const [low, high] = ends(now().x, isBars);
    return now().ticks(low, high, most(now(), self));
  };
  const options: uPlot.Options = {
    width: Math.max(200, target.clientWidth),
    height,
    padding: [8, 28, 0, 0],
    legend: { show: false },
    cursor: { drag: { x: false, y: false }, y: false, points: { size: 7 } },
    scales: {
      x: { time: false, range: () => ends(now().x, isBars) },
      y: { range: (_, least, most) => valueRange(least, most) },
    },
    axes: [
      {
        stroke: paint('quiet'), font: FONT, size: 30, gap: 4, grid: { show: false }, ticks: { show: true, size: 4, width: 1, stroke: paint('line') },
        splits: (self) => splits(self).map((tick) => tick.at),
        values: (self) => splits(self).map((tick) => tick.text),
      },
      {
        stroke: paint('quiet'), font: FONT, grid: { stroke: paint('line'), width: 1 }, ticks: { show: false },
        values: (_, splits) => splits.map(now().axis),
        size: (_, values) => 18 + 6.7 * Math.max(0, ...(values ?? []).map((text) => text.length)),
        ...(steps ? { incrs: steps } : {}),
      },
    ],
    series: [{}, ...series],
    hooks: {
      drawClear: [(self) => drawMarks(self, now().marks ?? [], paint)],
      setCursor: [(self) => {
        const { idx, left = -1 } = self.cursor;
        if (idx === null || idx === undefined || left < 0) return read(null, 0);
        read(idx, self.valToPos(now().x[idx] ?? 0, 'x') + self.over.offsetLeft);
      }],
    },
  };
  return new uPlot(options, dataOf(now()), target);
}

/** How many marks the axis has room for. */
const most = ({ most: wanted }: PlotProps, self: uPlot) => Math.max(2, Math.min(wanted ?? 12, Math.floor(self.width / 76)));

function ends(x: number[], isBars: boolean): [number, number] {
  const [first = 0, last = 1] = [x[0], x.at(-1)];
  const step = x.length > 1 ? (last - first) / (x.length - 1) : 1;
  return isBars || x.length === 1 ? [first - step / 2, last + step / 2] : [first, last];
}

function drawMarks(self: uPlot, marks: Mark[], paint: ReturnType<typeof colours>): void {
  const { ctx, bbox } = self;
  ctx.save();
  ctx.beginPath();
  ctx.rect(bbox.left, bbox.top, bbox.width, bbox.height);
  ctx.clip();
  for (const mark of marks) {
    const from = self.valToPos(mark.at, 'x', true);
    if (mark.to === undefined) {
      ctx.fillStyle = paint(mark.tone);
      ctx.fillRect(Math.round(from) - uPlot.pxRatio, bbox.top, 2 * uPlot.pxRatio, bbox.height);
    } else {
      ctx.fillStyle = paint(mark.tone, 0.22);
      ctx.fillRect(from, bbox.top, self.valToPos(mark.to, 'x', true) - from, bbox.height);
    }
  }
  ctx.restore();
}
