/** Spark is a row of bars, one a minute. It is decoration: the number beside it says how many there are. */
export function Spark({ values }: { values: number[] }) {
  const most = Math.max(1, ...values);
  return (
    <svg className="spark" viewBox={`0 0 ${Math.max(1, values.length) * 3} 20`} preserveAspectRatio="none" aria-hidden="true" focusable="false">
      {values.map((value, at) => value > 0 && <rect key={at} x={at * 3} width="2" y={20 - (value / most) * 20} height={(value / most) * 20} />)}
    </svg>
  );
}
