import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { statsQuery } from "../../api/queries";
import type { Stats } from "../../api/types";
import { Loaded } from "../../ui/Loaded";
import { DecisionChart } from "./DecisionChart";
import { Spark } from "./Spark";

/** Decisions is what was decided in the last hour: how much, and what was denied. */
export function Decisions({ layer }: { layer: string }) {
  const stats = useQuery(statsQuery(layer));
  return (
    <div className="grid-2">
      <section className="card" aria-labelledby="per-minute">
        <h2 id="per-minute">Decisions per minute</h2>
        <Loaded query={stats} what="decisions">
          {(data) => <DecisionChart minutes={data.minutes} />}
        </Loaded>
      </section>
      <section className="card" aria-labelledby="denied">
        <h2 id="denied">Denied in the last hour</h2>
        <Loaded query={stats} what="denials">
          {(data) => <Denied layer={layer} denied={data.denied} />}
        </Loaded>
      </section>
    </div>
  );
}

function Denied({ layer, denied }: { layer: string; denied: Stats["denied"] }) {
  if (denied.length === 0) {
    return <p className="muted">Nothing was denied. When a token asks for what it may not read, the field is listed here with how often, and when.</p>;
  }
  return (
    <ul className="plain denied">
      {denied.map((one) => (
        <li key={one.coordinate}>
          <Link to="/layers/$layer/access" params={{ layer }} search={{ at: one.coordinate }} className="breakable">
            <code>{one.coordinate}</code>
          </Link>
          <Spark values={one.minutes} />
          <span className="denied-count">{one.count.toLocaleString("en")}×</span>
        </li>
      ))}
    </ul>
  );
}
