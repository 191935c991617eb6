import { getNamedType, isEnumType, isInputObjectType, isInterfaceType, isObjectType, isUnionType, type GraphQLNamedType, type GraphQLSchema } from "graphql";
import { useMemo, useState } from "react";
import { Button } from "../../ui/Button";
import { Field } from "../../ui/Field";

const most = 60; // types that a search lists

/** Docs is the schema to read: types by name, each with its fields, which lead to their types. */
export function Docs({ schema }: { schema: GraphQLSchema }) {
  const [way, setWay] = useState<string[]>([]);
  const [text, setText] = useState("");
  const type = schema.getType(way.at(-1) ?? "");
  return (
    <section className="docs" aria-label="Schema">
      <Field label="Find a type" type="search" value={text} onChange={(event) => setText(event.target.value)} spellCheck={false} />
      {way.length > 0 && text === "" && (
        <Button small look="quiet" onClick={() => setWay(way.slice(0, -1))}>
          ← back
        </Button>
      )}
      {type && text === "" ? (
        <TypeDocs schema={schema} type={type} onOpen={(name) => setWay([...way, name])} />
      ) : (
        <TypeList
          schema={schema}
          text={text}
          onOpen={(name) => {
            setText("");
            setWay([...way, name]);
          }}
        />
      )}
    </section>
  );
}

type Open = (name: string) => void;

function TypeList({ schema, text, onOpen }: { schema: GraphQLSchema; text: string; onOpen: Open }) {
  const names = useMemo(() => {
    const query = schema.getQueryType()?.name;
    const all = Object.keys(schema.getTypeMap()).filter((name) => !name.startsWith("__"));
    return all.sort((a, b) => Number(b === query) - Number(a === query) || (a < b ? -1 : 1));
  }, [schema]);
  const found = names.filter((name) => name.toLowerCase().includes(text.toLowerCase()));
  return (
    <>
      <ul className="plain docs-list">
        {found.slice(0, most).map((name) => (
          <li key={name}>
            <TypeButton name={name} onOpen={onOpen} />
          </li>
        ))}
      </ul>
      {found.length > most && <p className="muted small">and {found.length - most} more: search for them.</p>}
    </>
  );
}

function TypeDocs({ schema, type, onOpen }: { schema: GraphQLSchema; type: GraphQLNamedType; onOpen: Open }) {
  const fields = isObjectType(type) || isInterfaceType(type) || isInputObjectType(type) ? Object.values(type.getFields()) : [];
  const others = isUnionType(type) || isInterfaceType(type) ? schema.getPossibleTypes(type) : [];
  return (
    <div className="stack-small">
      <h2>
        <code>{type.name}</code>
      </h2>
      {type.description && <p className="small">{type.description}</p>}
      <ul className="plain docs-list">
        {fields.map((field) => (
          <li key={field.name}>
            <code>
              {field.name}
              {"args" in field && field.args.length > 0 && <span className="muted">({field.args.map((argument) => argument.name).join(", ")})</span>}:{" "}
              <TypeButton name={getNamedType(field.type).name} text={String(field.type)} onOpen={onOpen} />
            </code>
            {field.description && <div className="small muted">{field.description}</div>}
          </li>
        ))}
        {isEnumType(type) &&
          type.getValues().map((value) => (
            <li key={value.name}>
              <code>{value.name}</code> <span className="small muted">{value.description}</span>
            </li>
          ))}
      </ul>
      {others.length > 0 && (
        <>
          <h3>Possible types</h3>
          <ul className="plain docs-list">
            {others.map((other) => (
              <li key={other.name}>
                <TypeButton name={other.name} onOpen={onOpen} />
              </li>
            ))}
          </ul>
        </>
      )}
    </div>
  );
}

function TypeButton({ name, text = name, onOpen }: { name: string; text?: string; onOpen: Open }) {
  return (
    <button type="button" className="docs-type mono" onClick={() => onOpen(name)}>
      {text}
    </button>
  );
}
