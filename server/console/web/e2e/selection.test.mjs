// What the tree marks is what the server says that entries cover, and ticking writes the entries that are meant.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { runnerImport } from "vite";
import { api, serve } from "./harness.mjs";

const source = async (name) => (await runnerImport(new URL(`../src/schema/${name}.ts`, import.meta.url).pathname, { configFile: false, logLevel: "error" })).module;

let server, tree, selection, filter;

before(async () => {
  server = await serve();
  const [{ buildTree }, s, f] = await Promise.all([source("tree"), source("selection"), source("filter")]);
  [selection, filter] = [s, f];
  tree = buildTree(await api(server, "GET", "/layers/shop/catalog"));
});

after(() => server?.stop());

const select = (entries) => selection.select(tree, entries);
const node = (coordinate) => tree.nodes[tree.byCoordinate.get(coordinate)];
const state = (chosen, coordinate) => chosen.states[node(coordinate).id];
const toggle = (entries, coordinate) => selection.toggle(tree, select(entries), node(coordinate).id, () => true);

test("R1: entries cover in the tree what they cover on the server", async () => {
  const lists = [
    ["ShopifyProduct.cost"],
    ["ShopifyOrder", "Query.search(explain:)"],
    ["Shopify*"],
    ["*.cost", "*.draft*"],
    ["ShopifyProduct.*"],
    ["*FilterInput.email"],
    ["ShopifyProductStatus.*"],
    ["ShopifyProductFilterInput"],
    ["Query.*(filter:)"],
    ["*"],
    ["*.*"],
    ["Nothing.here", "ShopifyProdct"],
    ["Content*Article.t*le"],
  ];
  for (const entries of lists) {
    const { covered, more } = await api(server, "POST", "/layers/shop/scopes/preview", { scope: "", name: "x", description: "", entries });
    const here = select(entries);
    const marked = tree.nodes.filter((one) => here.states[one.id] >= selection.GLOB).map((one) => one.coordinate).sort();
    if (!more?.covered) assert.deepEqual(marked, covered.filter((coordinate) => tree.byCoordinate.has(coordinate)).sort(), entries.join());
    else assert.ok(covered.every((coordinate) => !tree.byCoordinate.has(coordinate) || marked.includes(coordinate)), entries.join());
  }
});

test("what belongs to a type that is covered comes with it, and what is above something covered is mixed", () => {
  const chosen = select(["ShopifyOrder", "ShopifyProduct.cost"]);
  assert.equal(state(chosen, "ShopifyOrder.total"), selection.IMPLIED);
  assert.equal(state(chosen, "ShopifyProduct"), selection.SOME);
  assert.equal(state(chosen, "ShopifyProduct.title"), selection.NONE);
  assert.deepEqual(select(["Nothing.here"]).unmatched, ["Nothing.here"]);
});

test("ticking adds an entry and drops those that it makes needless; ticking again takes it away", () => {
  assert.deepEqual(toggle(["ShopifyOrder.total", "*.cost"], "ShopifyOrder").entries, ["*.cost", "ShopifyOrder"]);
  assert.deepEqual(toggle(["ShopifyOrder"], "ShopifyOrder").entries, []);
});

test("a field that is taken out of its type leaves entries for the others", () => {
  const { entries } = toggle(["ShopifyOrder"], "ShopifyOrder.total");
  const others = node("ShopifyOrder").children.map((id) => tree.nodes[id].coordinate).filter((coordinate) => coordinate !== "ShopifyOrder.total");
  assert.deepEqual(entries.toSorted(), others.toSorted());
  assert.equal(state(select(entries), "ShopifyOrder.total"), selection.NONE);
});

test("what a pattern covers is not taken out behind its back", () => {
  assert.match(toggle(["*.cost"], "ShopifyProduct.cost").refused, /\*\.cost/);
  assert.match(toggle(["Shopify*"], "ShopifyOrder.total").refused, /Shopify\*/);
});

test("a data source is ticked type by type, inputs and enums left out", () => {
  const store = tree.nodes[tree.roots[0]];
  const { entries } = selection.toggle(tree, select([]), store.id, () => true);
  assert.ok(entries.includes("ShopifyOrder") && !entries.includes("ShopifyProductStatus") && entries.every((entry) => !entry.includes(".")));
  assert.deepEqual(selection.toggle(tree, select(entries), store.id, () => true).entries, []);
});

test("the filter: all words, of which one is the node's own; marks; whole coordinates", () => {
  const found = (text) => {
    const { marks } = filter.applyFilter(tree, filter.parseFilter(text), () => false);
    return tree.nodes.filter((one) => marks[one.id] === filter.MATCH).map((one) => one.coordinate);
  };
  assert.ok(found("cost").includes("ShopifyProduct.cost"));
  assert.ok(!found("ShopifyCollection").includes("ShopifyCollection.handle"), "not every field of a type that is called so");
  assert.deepEqual(found("shopifyproduct.cost"), ["ShopifyProduct.cost"]);
  assert.ok(found("shopifyorder total").includes("ShopifyOrder.total"));
  assert.ok(found("is:restricted").every((coordinate) => node(coordinate).covers.length > 0));
  assert.ok(found("is:sensitive").length > 0 && found("is:sensitive").every((coordinate) => node(coordinate).sensitive !== ""));
  assert.deepEqual(found("no such word anywhere"), []);
});
