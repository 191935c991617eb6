import { useState } from "react";
import type { Minute } from "../../api/types";

const series = ["allow", "partial", "deny", "error"] as const;
const width = 600;
const height = 150;

const clock = (at: string) => new Date(at).toLocaleTimeString(undefined, { hour: "2-digit", minute: "2-digit" });
const total = (minute: Minute) => series.reduce((sum, name) => sum + minute[name], 0);

/** DecisionChart is one stacked bar a minute. The same numbers are in a table below it, for those who do not see bars. */
export function DecisionChart({ minutes }: { minutes: Minute[] }) {
  const [at, setAt] = useState<number>();
  const most = Math.max(4, ...minutes.map(total));
  const wide = width / Math.max(1, minutes.length);
  const shown = at === undefined ? undefined : minutes[at];
  return (
    <figure className="chart">
      <svg viewBox={`0 0 ${width} ${height}`} role="img" aria-label={summary(minutes)} onPointerLeave={() => setAt(undefined)}>
        {[0.25, 0.5, 0.75, 1].map((part) => (
          <line key={part} className="chart-line" x1="0" x2={width} y1={height * (1 - part) + 0.5} y2={height * (1 - part) + 0.5} />
        ))}
        {minutes.map((minute, index) => (
          <Bar key={minute.at} minute={minute} x={index * wide} wide={wide} scale={height / most} onPoint={() => setAt(index)} marked={index === at} />
        ))}
      </svg>
      <div className="chart-axis muted small">
        <span>{minutes[0] && clock(minutes[0].at)}</span>
        <span>{shown ? `${clock(shown.at)}: ${series.map((name) => `${shown[name]} ${name}`).join(", ")}` : `at most ${most} a minute`}</span>
        <span>now</span>
      </div>
      <figcaption className="legend small">
        {series.map((name) => (
          <span key={name}>
            <i className={`swatch swatch-${name}`} aria-hidden="true" /> {name} <strong>{minutes.reduce((sum, minute) => sum + minute[name], 0).toLocaleString("en")}</strong>
          </span>
        ))}
      </figcaption>
      <MinuteTable minutes={minutes.filter((minute) => total(minute) > 0)} />
    </figure>
  );
}

type BarProps = { minute: Minute; x: number; wide: number; scale: number; onPoint: () => void; marked: boolean };

function Bar({ minute, x, wide, scale, onPoint, marked }: BarProps) {
  const parts = stacked(minute, scale);
  return (
    <g onPointerEnter={onPoint} className={marked ? "bar bar-marked" : "bar"}>
      <rect className="bar-area" x={x} width={wide} y="0" height={height} />
      {parts.map(({ name, top, high }) => (
        <rect key={name} className={`swatch-${name}`} x={x + 1} width={Math.max(1, wide - 2)} y={top} height={high} />
      ))}
    </g>
  );
}

/** stacked is where each part of a bar is, from the bottom up. */
function stacked(minute: Minute, scale: number) {
  const out: { name: (typeof series)[number]; top: number; high: number }[] = [];
  let top = height;
  for (const name of series) {
    const high = minute[name] * scale;
    top -= high;
    if (high > 0) out.push({ name, top, high });
  }
  return out;
}

function MinuteTable({ minutes }: { minutes: Minute[] }) {
  if (minutes.length === 0) return null;
  return (
    <details>
      <summary className="small">As a table</summary>
      <div className="table-frame minute-table" tabIndex={0} role="region" aria-label="Decisions per minute as a table">
        <table className="table">
          <thead>
            <tr>
              <th scope="col">Minute</th>
              {series.map((name) => (
                <th key={name} scope="col">
                  {name}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {minutes.toReversed().map((minute) => (
              <tr key={minute.at}>
                <td>{clock(minute.at)}</td>
                {series.map((name) => (
                  <td key={name}>{minute[name]}</td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </details>
  );
}

function summary(minutes: Minute[]): string {
  const sums = series.map((name) => `${minutes.reduce((sum, minute) => sum + minute[name], 0)} ${name}`);
  return `Decisions of the last ${minutes.length} minutes: ${sums.join(", ")}`;
}
