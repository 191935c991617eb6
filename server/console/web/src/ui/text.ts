/** shortDigest is the beginning of a digest, as people compare them. */
export const shortDigest = (digest: string) => digest.replace(/^sha256:/, "").slice(0, 12);

const listFormat = new Intl.ListFormat("en", { type: "conjunction" });

/** listed is "a, b and c". */
export const listed = (words: string[]) => listFormat.format(words);

/** count is "1 token", "2 tokens". */
export const count = (n: number, one: string, many = `${one}s`) => `${n.toLocaleString("en")} ${n === 1 ? one : many}`;
