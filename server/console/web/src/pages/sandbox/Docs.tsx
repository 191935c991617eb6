import { getNamedType, isEnumType, isInputObjectType, isInterfaceType, isObjectType, isUnionType, type GraphQLField, type GraphQLInputField, type GraphQLNamedType, type GraphQLSchema, type GraphQLType } from "graphql";
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

function fieldsOf(type: GraphQLNamedType): (GraphQLField<unknown, unknown> | GraphQLInputField)[] {
  if (isObjectType(type) || isInterfaceType(type)) return Object.values<GraphQLField<unknown, unknown>>(type.getFields());
  return isInputObjectType(type) ? Object.values(type.getFields()) : [];
}

/** argumentsOf are the names of a field's arguments; a field of an input type has none. */
const argumentsOf = (field: GraphQLField<unknown, unknown> | GraphQLInputField) => ("args" in field ? field.args.map((argument) => argument.name) : []);

const nameOf = (type: GraphQLType) => getNamedType(type).name;

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
  const fields = fieldsOf(type);
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
              {argumentsOf(field).length > 0 && <span className="muted">({argumentsOf(field).join(", ")})</span>}: <TypeButton name={nameOf(field.type)} text={String(field.type)} onOpen={onOpen} />
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
