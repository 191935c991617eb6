import { Link } from "@tanstack/react-router";
import { formatChoice, type Choice } from "../../subject/subject";
import { count } from "../../ui/text";
import { whatItNeeds, type Mark } from "./denials";

/** DeniedList says in words what the editor underlines: for those who cannot hover, or do not see it. */
export function DeniedList({ layer, marks, choice, name }: { layer: string; marks: Mark[]; choice: Choice; name: string }) {
  return (
    <div className={marks.length > 0 ? "notice notice-danger denied-list" : "notice notice-success denied-list"}>
      <strong className="breakable" role="status">
        {marks.length === 0 ? `Nothing in this query is denied to ${name}` : `${count(marks.length, "denial")} for ${name}`}
      </strong>
      <ul>
        {marks.map(({ denial }, at) => (
          <li key={at}>
            <Link to="/layers/$layer/access" params={{ layer }} search={{ at: denial.coordinate, as: formatChoice(choice) }}>
              <code>{denial.coordinate}</code>
            </Link>{" "}
            <span className="small">
              at <code>{denial.path.join(".")}</code>: {whatItNeeds(denial)}
            </span>
          </li>
        ))}
      </ul>
    </div>
  );
}
