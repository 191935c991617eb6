// What a member does in the console, from a browser to the guarded endpoint and back.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { api, launch, open, query, serve, signIn, until } from "./harness.mjs";

const costs = "{ shopifyCollections { products { title cost } } }";
const skus = "{ shopifyCollections { products { variants { sku } } } }";

let server, browser;

before(async () => {
  server = await serve();
  browser = await launch();
});

after(async () => {
  await browser?.close();
  await server?.stop();
});

/** visit runs a test in a page of a member who is signed in, and fails on whatever the browser complains about. */
async function visit(run, { key = server.key, ...options } = {}) {
  const session = await open(browser, server, options);
  try {
    await signIn(session, key);
    await run(session);
    session.check();
  } finally {
    await session.context.close();
  }
}

const dialog = (page) => page.getByRole("dialog");
const costOf = (answer) => answer.data?.shopifyCollections[0].products[0].cost;
const skuOf = (answer) => answer.data?.shopifyCollections[0].products[0].variants[0].sku;

/** generate generates a token in the page and returns its secret, as the dialog shows it. */
async function generate(page, name, choose) {
  await page.getByRole("button", { name: "Generate a token" }).first().click();
  await dialog(page).getByLabel("Name").fill(name);
  await choose(dialog(page));
  await dialog(page).getByRole("button", { name: "Generate", exact: true }).click();
  const secret = await page.getByTestId("secret").innerText();
  assert.match(secret, /^fgt_/);
  return secret;
}

async function stored(page) {
  const done = page.getByRole("button", { name: "Done" });
  assert.ok(await done.isDisabled(), "the dialog can be left only when the secret is said to be stored");
  await page.keyboard.press("Escape");
  assert.ok(await done.isVisible(), "Escape does not throw a secret away");
  await page.getByLabel("I have stored the secret").check();
  await done.click();
  await dialog(page).waitFor({ state: "detached" });
}

test("signing in: a wrong key, a right one, back to where one was going", async () => {
  const session = await open(browser, server, { allow: [/401 \(Unauthorized\).*session/] });
  const { page, goto, check } = session;
  await goto("/layers/shop/scopes?q=cost");
  await page.getByLabel("Member key").fill("fgm_wrong");
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.getByRole("alert").waitFor();
  await page.getByLabel("Member key").fill(server.key);
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.getByRole("heading", { name: "API scopes" }).waitFor();
  assert.equal(new URL(page.url()).search, "?q=cost");
  await page.getByRole("button", { name: "Sign out" }).click();
  await page.getByRole("heading", { name: "Sign in" }).waitFor();
  await goto("/layers");
  await page.getByRole("heading", { name: "Sign in" }).waitFor();
  check();
  await session.context.close();
});

test("a one-time link signs in once, and its code stays nowhere", async () => {
  const link = new URL(server.cli("console").trim().split("\n").at(-1));
  assert.match(link.hash, /^#.{40,}/);
  const first = await open(browser, server);
  await first.goto(link.pathname + link.hash);
  await first.page.getByRole("heading", { name: "Data layers" }).waitFor();
  await first.page.goBack().catch(() => null);
  assert.ok(!first.page.url().includes(link.hash), "the code is not in the history");
  first.check();
  await first.context.close();
  const second = await open(browser, server, { allow: [/401 \(Unauthorized\).*session/] });
  await second.goto(link.pathname + link.hash);
  await second.page.getByText("A one-time link works once").waitFor();
  second.check();
  await second.context.close();
});

test("a token with a scope: generate, copy, use, revoke", async () => {
  await visit(async ({ page, goto, context }) => {
    await context.grantPermissions(["clipboard-read", "clipboard-write"]);
    await goto("/layers/shop/tokens");
    const secret = await generate(page, "website", (form) => form.getByLabel(/^web /).check());
    await page.getByRole("button", { name: "Copy the secret" }).click();
    assert.equal(await page.evaluate(() => navigator.clipboard.readText()), secret);
    await stored(page);
    await page.getByRole("link", { name: "website" }).waitFor();

    const answer = await query(server, secret, costs);
    assert.equal(answer.status, 200);
    assert.equal(costOf(answer), null);

    await page.getByRole("button", { name: "Revoke website" }).click();
    const ask = dialog(page);
    await ask.getByText("/layers/shop").waitFor();
    await ask.getByText("web", { exact: true }).waitFor();
    await ask.getByRole("button", { name: "Revoke for good" }).click();
    await ask.waitFor({ state: "detached" });
    await page.getByRole("link", { name: "website" }).waitFor({ state: "detached" });
    assert.equal((await query(server, secret, costs)).status, 401);
  });
});

test("a token without scopes is asked for in so many words", async () => {
  await visit(async ({ page, goto }) => {
    await goto("/layers/shop/tokens");
    await page.getByRole("button", { name: "Generate a token" }).first().click();
    await dialog(page).getByLabel("Name").fill("codegen");
    await dialog(page).getByText("unrestricted, for ever").waitFor();
    await dialog(page).getByRole("button", { name: "Generate", exact: true }).click();
    await dialog(page).getByText("Choose scopes, or say here that it is to be unrestricted").waitFor();
    await dialog(page).getByLabel("I want an unrestricted token").check();
    await dialog(page).getByRole("button", { name: "Generate", exact: true }).click();
    const secret = await page.getByTestId("secret").innerText();
    await stored(page);
    assert.equal(typeof costOf(await query(server, secret, costs)), "number");
  });
});

test("a scope: create with the keyboard, see its effect, edit, delete", async () => {
  const token = (await api(server, "POST", "/layers/shop/tokens", { name: "reader", scopes: ["web"] })).secret;
  assert.ok(skuOf(await query(server, token, skus)), "nothing restricts it before");
  await visit(async ({ page, goto }) => {
    await goto("/layers/shop/scopes/new");
    await page.getByLabel("Name", { exact: true }).fill("stock");
    await page.getByLabel("Filter").fill("ShopifyProductVariant.sku");
    const tree = page.getByRole("tree");
    await tree.locator('[data-coordinate="ShopifyProductVariant.sku"]').waitFor();
    await tree.focus();
    for (const key of ["Home", "ArrowDown", "ArrowDown"]) await page.keyboard.press(key);
    const active = await tree.evaluate((element) => document.getElementById(element.getAttribute("aria-activedescendant")).dataset.coordinate);
    assert.equal(active, "ShopifyProductVariant.sku");
    await page.keyboard.press("Space");
    assert.equal(await tree.locator(`[data-coordinate="ShopifyProductVariant.sku"]`).getAttribute("aria-checked"), "true");
    assert.equal(await tree.locator(`[data-coordinate="ShopifyProductVariant"]`).getAttribute("aria-checked"), "mixed");
    await page.getByText(/coordinates? becomes? restricted/).waitFor();
    await page.getByText(/reader.* (loses|lose) /).first().waitFor();
    await page.getByRole("button", { name: "Create the scope" }).click();
    await page.getByRole("heading", { name: "stock" }).waitFor();
    assert.equal(skuOf(await query(server, token, skus)), null, "it is restricted now");

    await page.getByLabel("Add a coordinate or a pattern").fill("*.barcode*");
    await page.getByRole("button", { name: "Add", exact: true }).click();
    await page.getByRole("button", { name: "Remove *.barcode*" }).click();
    await page.getByLabel("Add a coordinate or a pattern").fill("ShopifyProduct.vendr");
    await page.getByRole("button", { name: "Add", exact: true }).click();
    await page.getByText("One problem").waitFor();
    await page.getByRole("button", { name: "Remove ShopifyProduct.vendr" }).click();
    await page.getByLabel("Description").fill("Numbers of the warehouse");
    await page.getByRole("button", { name: "Save changes" }).click();
    await page.getByText("Scope saved").waitFor();

    await page.getByRole("button", { name: "Delete" }).click();
    const ask = dialog(page);
    await ask.getByText("would be readable by every token").waitFor();
    await ask.getByText("ShopifyProductVariant.sku").waitFor();
    const confirm = ask.getByRole("button", { name: "Delete for good" });
    assert.ok(await confirm.isDisabled());
    await ask.getByLabel("Type stock to go on").fill("stock");
    await confirm.click();
    await page.getByRole("heading", { name: "API scopes" }).waitFor();
    assert.ok(skuOf(await query(server, token, skus)), "every token reads it again");
  });
});

test("a scope that a file owns is read-only and says so", async () => {
  await visit(async ({ page, goto }) => {
    await goto("/layers/shop/scopes");
    await page.getByRole("link", { name: "finance" }).click();
    await page.getByText("shop/scopes/finance.yaml").waitFor();
    assert.equal(await page.getByRole("button", { name: /Save|Delete/ }).count(), 0);
    await page.getByRole("tree").waitFor();
    assert.equal(await page.getByRole("treeitem").first().getAttribute("aria-disabled"), "true");
  });
});

test("R19: a developer cannot delete a scope", async () => {
  const scope = (await api(server, "POST", "/layers/shop/scopes", { name: "mail", description: "", fields: ["PageInfo.perPage"] })).scope;
  const member = await api(server, "POST", "/members", { name: "dev", role: "developer" });
  const { secret: key } = await api(server, "POST", `/members/${member.id}/keys`, { name: "laptop", permissions: ["admin"] });
  await visit(
    async ({ page, goto, allow }) => {
      await goto(`/layers/shop/scopes/${scope.id}`);
      await page.getByText("Only owners delete scopes.").waitFor();
      assert.equal(await page.getByRole("button", { name: "Delete" }).count(), 0);
      allow(/403 \(Forbidden\).*scopes/);
      const status = await page.evaluate(
        async ([path, version]) => (await fetch(path, { method: "DELETE", headers: { "X-Fieldgate-Csrf": "1", "If-Match": `"${version}"` } })).status,
        [`/api/v1/layers/shop/scopes/${scope.id}`, scope.version],
      );
      assert.equal(status, 403);
      await goto("/members");
      await page.getByRole("link", { name: "dev", exact: true }).first().waitFor();
      assert.equal(await page.getByRole("button", { name: /Add a member|Remove|Change/ }).count(), 0);
    },
    { key },
  );
});

test("R7: the sandbox is unaffected by scopes as a member, and shows what is denied as somebody who has some", async () => {
  await visit(async ({ page, goto }) => {
    await goto(`/layers/shop/sandbox?query=${encodeURIComponent(costs)}`);
    await page.getByRole("button", { name: "Run" }).click();
    const answer = page.getByRole("textbox", { name: "Answer" });
    await until("the answer", async () => /"cost": \d/.test(await answer.innerText()), 10_000);

    await goto(`/layers/shop/sandbox?as=scopes:web&query=${encodeURIComponent(costs)}`);
    const mark = page.locator(".cm-denied");
    await mark.first().waitFor();
    assert.equal(await mark.innerText(), "cost");
    await mark.hover();
    await page.locator(".cm-tooltip").getByText("needs the scope finance").waitFor();
    await page.getByText("1 denial for a holder of web").waitFor();
    await page.getByRole("button", { name: "Run", exact: true }).click();
    await until("the answer", async () => /"cost": null/.test(await answer.innerText()), 10_000);

    // While one types: the field is denied, then it is another one.
    const editor = page.getByRole("textbox", { name: "Query" });
    await editor.fill("{ site { url } }");
    await page.getByText("Nothing in this query is denied to a holder of web").waitFor();
    assert.equal(await mark.count(), 0);
    await editor.fill("{ site { url metadata } }");
    await mark.first().waitFor();
    assert.equal(await mark.innerText(), "metadata");
  });
});

test("who can read what: by coordinate, by token, as a matrix", async () => {
  await visit(async ({ page, goto }) => {
    await goto("/layers/shop/access");
    await page.getByLabel("Coordinate").fill("shopifyproduct.co");
    await page.getByRole("option", { name: "ShopifyProduct.cost" }).click();
    await page.getByText("The scope finance would be enough.").waitFor();
    assert.match(page.url(), /at=ShopifyProduct\.cost/);
    await page.getByRole("link", { name: "A token" }).click();
    await page.getByRole("heading", { name: "The schema as they see it" }).waitFor();
    await page.getByRole("textbox", { name: "Schema as seen" }).waitFor();
    await page.getByRole("link", { name: "Tokens × types" }).click();
    await page.getByLabel("Filter types").fill("press");
    await page.getByRole("row", { name: /ContentstackPressRelease/ }).getByText("0").first().waitFor();
  });
});

test("the overview follows what happens, and a revision can be pinned", async () => {
  await visit(async ({ page, goto }) => {
    await goto("/layers/shop");
    await page.getByText("live", { exact: true }).waitFor();
    const { scope, sync } = await api(server, "POST", "/layers/shop/scopes", { name: "live", description: "", fields: ["Site.buildTime"] });
    await page.locator(".big-number", { hasText: new RegExp(`^${sync.revision} `) }).waitFor();
    await page.getByText("scope.created").first().waitFor();
    await page.getByRole("button", { name: "Pin revision 1", exact: true }).click();
    await dialog(page).getByRole("button", { name: "Pin", exact: true }).click();
    await page.getByText("The schema of revision 1 is pinned", { exact: true }).first().waitFor();
    await page.getByRole("button", { name: /^Unpin/ }).click();
    await dialog(page).getByRole("button", { name: "Unpin", exact: true }).click();
    await page.getByRole("button", { name: /^Unpin/ }).waitFor({ state: "detached" });
    await page.getByRole("img", { name: /Decisions of the last/ }).waitFor();
    await page.getByRole("link", { name: "ShopifyProduct.cost" }).waitFor();
    server.cli("scope", "delete", scope.id, "--layer", "shop", "--yes");
  });
});

test("members: add one, generate a key, sign in with it, revoke it", async () => {
  let key;
  await visit(async ({ page, goto }) => {
    await goto("/members");
    await page.getByRole("button", { name: "Add a member" }).click();
    await dialog(page).getByLabel("Name").fill("bo");
    await dialog(page).getByRole("button", { name: "Add", exact: true }).click();
    await page.getByRole("heading", { name: "bo" }).waitFor();
    await page.getByRole("button", { name: "Generate a key" }).click();
    await dialog(page).getByLabel("Name").fill("laptop");
    await dialog(page).getByRole("button", { name: "Generate", exact: true }).click();
    key = await page.getByTestId("secret").innerText();
    await stored(page);
    await visit(async (other) => other.page.getByText("developer").first().waitFor(), { key });
    await page.getByRole("button", { name: "Revoke the key laptop" }).click();
    await dialog(page).getByRole("button", { name: "Revoke for good" }).click();
    await page.getByText("revoked", { exact: true }).waitFor();
  });
  const refused = await open(browser, server, { allow: [/401 \(Unauthorized\).*session/] });
  await refused.goto("/sign-in");
  await refused.page.getByLabel("Member key").fill(key);
  await refused.page.getByRole("button", { name: "Sign in" }).click();
  await refused.page.getByRole("alert").waitFor();
  refused.check();
  await refused.context.close();
});

test("R20: the audit log has each step, with before and after, and verifies", async () => {
  await visit(async ({ page, goto }) => {
    await goto("/audit");
    await page.getByText("the chain verifies").waitFor();
    for (const action of ["token.generated", "token.revoked", "scope.created", "scope.updated", "scope.deleted", "revision.pinned", "member.key_revoked"]) {
      await page.getByLabel("Action").selectOption(action);
      await page.locator(".audit-button").first().waitFor();
      assert.deepEqual([...new Set(await page.locator(".audit-action").allInnerTexts())], [action]);
    }
    await page.getByLabel("Action").selectOption("scope.updated");
    await page.getByRole("button", { name: /scope\.updated stock/ }).click();
    await dialog(page).getByText("Before and after").first().waitFor();
    await dialog(page).locator(".diff-added", { hasText: "Numbers of the warehouse" }).waitFor();
    assert.match(page.url(), /entry=/);
    await page.reload();
    await dialog(page).locator(".diff-added", { hasText: "Numbers of the warehouse" }).waitFor();
    await dialog(page).getByRole("button", { name: "Close" }).click();
    const [download] = await Promise.all([page.waitForEvent("download"), page.getByRole("link", { name: "Export CSV" }).click()]);
    assert.equal(download.suggestedFilename(), "audit.csv");
  });
});
