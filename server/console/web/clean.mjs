// Removes what an earlier build left in ../dist, but not the committed placeholder.
import { mkdir, readdir, rm } from "node:fs/promises";

const dist = new URL("../dist/", import.meta.url);
await mkdir(dist, { recursive: true });
for (const name of await readdir(dist)) {
  if (name !== ".keep") await rm(new URL(name, dist), { recursive: true });
}
