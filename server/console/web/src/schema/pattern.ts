// Entries of a scope as the server reads them: coordinates whose names may hold `*`, which crosses neither `.` nor `(`. The
// server's own reading is what counts; this one only marks the tree while an answer is on its way.

export type Pattern = { depth: number; test: (coordinate: string) => boolean };

const form = /^[_A-Za-z*][\w*]*(\.[_A-Za-z*][\w*]*(\([_A-Za-z*][\w*]*:\))?)?$/;

export const isGlob = (entry: string) => entry.includes("*");

/** isEntry reports whether a text has the form of an entry. */
export const isEntry = (text: string) => form.test(text) && !text.includes("**");

/** compile returns what an entry matches, or undefined when it has not the form of one. */
export function compile(entry: string): Pattern | undefined {
  if (!isEntry(entry)) return undefined;
  const depth = entry.includes("(") ? 3 : entry.includes(".") ? 2 : 1;
  const source = entry.replace(/[.()]/g, "\\$&").replaceAll("*", "\\w*");
  const regexp = new RegExp(`^${source}$`);
  return { depth, test: (coordinate) => regexp.test(coordinate) };
}
