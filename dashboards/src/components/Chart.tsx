import { useEffect, useRef } from "preact/hooks";
import uPlot from "uplot";
import "uplot/dist/uPlot.min.css";

export interface ChartProps {
  /** What a screen reader says instead of the picture. */
  label: string;
  /** One value an interval; null leaves a gap. */
  values: (number | null)[];
  /** The interval that is still going on: the way to it is dashed. */
  unfinished: number | null;
  ticks: string[];
  hints: { when: string; value: string }[];
  axis: (value: number) => string;
  unit: "count" | "share" | "seconds";
}

/** Steps of the vertical axis that read well: no half visitors, no 25-second minutes. */
const steps: Record<ChartProps["unit"], number[]> = {
  count: [1, 2, 5].flatMap((step) => Array.from({ length: 10 }, (_, power) => step * 10 ** power)).sort((a, b) => a - b),
  share: [0.05, 0.1, 0.2, 0.25, 0.5],
  seconds: [1, 5, 10, 15, 30, 60, 120, 300, 600, 1200, 1800, 3600, 7200],
};

/** The least top of the axis, so that three visits do not look like a summit. */
const leastTop: Record<ChartProps["unit"], number> = { count: 4, share: 0.2, seconds: 10 };

const height = 264;
/** Room for one label of the horizontal axis. */
const tickWidth = 76;
const font = '12px system-ui, -apple-system, "Segoe UI", Roboto, sans-serif';

/** A line over time. Intervals are evenly spaced by their number, so 23- and 25-hour days are right. */
export function Chart(props: ChartProps) {
  const host = useRef<HTMLDivElement>(null);
  const hint = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (host.current === null || hint.current === null) return;
    return draw(host.current, hint.current, props);
  }, [props.values, props.ticks, props.hints]);
  return (
    <div class="chart" role="img" aria-label={props.label}>
      <div ref={host} class="chart-space" />
      <div ref={hint} class="chart-hint" hidden />
    </div>
  );
}

/** Draws into `host` and returns what takes it away again. */
function draw(host: HTMLElement, hint: HTMLElement, props: ChartProps): () => void {
  const plot = new uPlot(options(host, hint, props), data(props), host);
  const resize = new ResizeObserver(() => plot.setSize({ width: host.clientWidth, height }));
  resize.observe(host);
  // The colours are read when drawing; a change of theme only has to draw again.
  const redraw = (): void => plot.redraw(false);
  const dark = matchMedia("(prefers-color-scheme: dark)");
  dark.addEventListener("change", redraw);
  const theme = new MutationObserver(redraw);
  theme.observe(document.documentElement, { attributeFilter: ["data-theme"] });
  return () => {
    resize.disconnect();
    theme.disconnect();
    dark.removeEventListener("change", redraw);
    plot.destroy();
    hint.hidden = true;
  };
}

/** Two lines: what is over, and from its end to what is still going on. */
function data({ values, unfinished }: ChartProps): uPlot.AlignedData {
  const past = values.map((value, index) => (unfinished !== null && index >= unfinished ? null : value));
  const present = values.map((value, index) =>
    unfinished !== null && (index === unfinished || index === unfinished - 1) ? value : null,
  );
  return [values.map((_, index) => index), past, present];
}

type Colour = () => string;

function options(host: HTMLElement, hint: HTMLElement, props: ChartProps): uPlot.Options {
  const { values, unit } = props;
  const colour = (name: string): Colour => () => getComputedStyle(host).getPropertyValue(name);
  const line = colour("--chart-line");
  return {
    width: host.clientWidth,
    height,
    padding: [10, 20, 0, 0],
    legend: { show: false },
    cursor: {
      y: false,
      drag: { x: false, y: false },
      // The line stands on the interval that the hint tells about.
      move: (plot, left, top) => [left < 0 ? left : plot.valToPos(plot.posToIdx(left), "x"), top],
      points: { size: 8, width: 2, stroke: line, fill: colour("--chart-ground") },
    },
    scales: {
      x: { time: false, range: () => [0, Math.max(values.length - 1, 1)] },
      y: { range: (_, __, most) => [0, Math.max(leastTop[unit], (most ?? 0) * 1.08)] },
    },
    series: [{}, ...series(line, colour("--chart-fill"), props)],
    axes: [across(colour("--chart-text"), props), upwards(colour("--chart-text"), colour("--chart-grid"), props)],
    hooks: { setCursor: [(plot) => point(plot, hint, props)] },
  };
}

/** What is over, and dashed what is still going on. A line of one interval is a point. */
function series(line: Colour, fill: Colour, { values, unfinished }: ChartProps): uPlot.Series[] {
  const drawn = (alone: boolean): uPlot.Series => ({
    stroke: line,
    fill,
    width: 2,
    points: { show: alone, size: 7, fill: line },
  });
  return [drawn((unfinished ?? values.length) <= 1), { ...drawn(unfinished === 0), dash: [4, 4] }];
}

function across(text: Colour, { values, ticks }: ChartProps): uPlot.Axis {
  return {
    font,
    stroke: text,
    grid: { show: false },
    ticks: { show: false },
    gap: 8,
    size: 30,
    splits: (plot) => everySo(values.length, Math.max(1, Math.ceil((values.length * tickWidth) / Math.max(1, plot.width - 60)))),
    values: (_, splits) => splits.map((index) => ticks[index] ?? ""),
  };
}

function upwards(text: Colour, grid: Colour, { axis, unit }: ChartProps): uPlot.Axis {
  return {
    font,
    stroke: text,
    grid: { stroke: grid, width: 1 },
    ticks: { show: false },
    gap: 8,
    size: 56,
    space: 32,
    incrs: steps[unit],
    values: (_, splits) => splits.map(axis),
  };
}

const everySo = (count: number, stride: number): number[] =>
  Array.from({ length: Math.ceil(count / stride) }, (_, index) => index * stride);

/** Says beside the pointer what lies under it. */
function point(plot: uPlot, hint: HTMLElement, { values, hints }: ChartProps): void {
  const index = plot.cursor.idx;
  const said = index === null || index === undefined ? undefined : hints[index];
  const value = index === null || index === undefined ? null : values[index];
  hint.hidden = said === undefined || value === null || value === undefined;
  if (said === undefined || hint.hidden || index === null || index === undefined) return;
  const when = document.createElement("span");
  const what = document.createElement("strong");
  when.textContent = said.when;
  what.textContent = said.value;
  hint.replaceChildren(what, when);
  const over = plot.over.offsetLeft;
  const x = over + plot.valToPos(index, "x");
  const beyondMiddle = x > plot.width / 2;
  hint.style.left = `${beyondMiddle ? x - hint.offsetWidth - 12 : x + 12}px`;
}
