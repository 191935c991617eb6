// Names and descriptions that would be markup, and secrets that must stay where they are shown.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { api, files, launch, open, serve, signIn } from "./harness.mjs";

const markup = ['<img src=x onerror="window.hurt=1">', "<script>window.hurt=1</script>", '"><svg onload=window.hurt=1>', "javascript:window.hurt=1", "{{constructor.constructor('window.hurt=1')()}}", "</code></pre><b>bold</b>"];

let server, browser;

before(async () => {
  server = await serve();
  browser = await launch();
});

after(async () => {
  await browser?.close();
  await server?.stop();
});

test("markup in names and descriptions is text, everywhere", async () => {
  const made = [];
  for (const [at, text] of markup.entries()) {
    const name = `${text} ${at}`;
    const { scope } = await api(server, "POST", "/layers/shop/scopes", { name: `hostile-${at}`, description: text, fields: ["ShopifyCollection.title"] });
    const { token } = await api(server, "POST", "/layers/shop/tokens", { name, scopes: [scope.name] });
    const member = await api(server, "POST", "/members", { name, role: "developer" });
    made.push({ name, text, scope, token, member });
  }
  const session = await open(browser, server);
  const { page, goto, check } = session;
  await signIn(session, server.key);
  const looksAt = async (path, names) => {
    await goto(path);
    for (const name of names) await page.locator("main").getByText(name).locator("visible=true").first().waitFor();
    assert.equal(await page.evaluate(() => window.hurt), undefined, path);
    assert.equal(await page.locator("main img, main script, main b, [role=dialog] b").count(), 0, path);
  };
  const names = made.map(({ name }) => name);
  await looksAt("/layers/shop/tokens", names);
  await looksAt("/layers/shop/scopes", markup);
  await looksAt("/members", names);
  await looksAt("/audit", [names.at(-1)]);
  await looksAt("/layers/shop/access?tab=matrix", names);
  await looksAt("/layers/shop/access?at=ShopifyCollection.title", names);
  for (const { name, scope, token, member } of made) {
    await looksAt(`/layers/shop/tokens/${token.id}`, [name]);
    await looksAt(`/layers/shop/scopes/${scope.id}?filter=${encodeURIComponent(name)}`, [scope.name]);
    assert.equal(await page.getByLabel("Description").inputValue(), scope.description);
    await page.getByText("As a file").click();
    await page.getByRole("region", { name: "The scope as a file" }).getByText(scope.name).waitFor();
    assert.equal(await page.evaluate(() => window.hurt), undefined);
    await looksAt(`/members/${member.id}`, [name]);
    await looksAt(`/layers/shop/sandbox?as=token:${token.id}&query=${encodeURIComponent(`{ shopifyCollections { title } } # ${name}`)}`, []);
  }
  await goto(`/layers/shop/scopes/${made[0].scope.id}`);
  await page.getByRole("button", { name: "Delete" }).click();
  await page.getByRole("dialog").getByText("would lose the scope").waitFor();
  await page.getByRole("dialog").getByText(made[0].name).first().waitFor();
  assert.equal(await page.evaluate(() => window.hurt), undefined);
  await page.keyboard.press("Escape");

  // Names of scopes are plain words, which the server sees to: the page shows its refusal.
  session.allow(/400 \(Bad Request\).*scopes/);
  await goto("/layers/shop/scopes/new");
  await page.getByLabel("Name", { exact: true }).fill(markup[0]);
  await page.getByLabel("Add a coordinate or a pattern").fill("Site.url");
  await page.getByRole("button", { name: "Add", exact: true }).click();
  await page.getByRole("button", { name: "Create the scope" }).click();
  await page.getByRole("alert").getByText("bad scope name").waitFor();
  assert.equal(await page.evaluate(() => window.hurt), undefined);
  check();
  await session.context.close();
});

test("an address cannot bring a page to do anything but show", async () => {
  const session = await open(browser, server);
  const { page, goto, check } = session;
  await goto(`/sign-in?next=${encodeURIComponent("//evil.example/")}`);
  await page.getByLabel("Member key").fill(server.key);
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.getByRole("heading", { name: "Data layers" }).waitFor();
  assert.equal(new URL(page.url()).origin, server.base);
  for (const path of ["/audit?action=<b>x</b>", "/layers/shop/access?at=<img src=x onerror=window.hurt=1>", "/layers/%3Cscript%3E/tokens"]) {
    session.allow(/40[04] \((Bad Request|Not Found)\)/);
    await goto(path);
    await page.getByRole("heading", { level: 1 }).waitFor();
    assert.equal(await page.evaluate(() => window.hurt), undefined);
  }
  check();
  await session.context.close();
});

test("R21: a secret is in the page once, and in no storage, address, log or file", async () => {
  const session = await open(browser, server);
  const { page, goto, context, check } = session;
  await signIn(session, server.key);
  const addresses = [];
  page.on("framenavigated", (frame) => addresses.push(frame.url()));
  page.on("request", (request) => addresses.push(request.url(), request.postData() ?? ""));
  await goto("/layers/shop/tokens?generate=true");
  await page.getByLabel("Name").fill("kept");
  await page.getByLabel(/^web /).check();
  await page.getByRole("button", { name: "Generate", exact: true }).click();
  const secret = await page.getByTestId("secret").innerText();
  assert.match(secret, /^fgt_/);
  const occurrences = async () => (await page.evaluate(() => document.documentElement.outerHTML + [...document.querySelectorAll("input, textarea")].map((input) => input.value).join())).split(secret).length - 1;
  assert.equal(await occurrences(), 1);
  await page.getByLabel("I have stored the secret").check();
  await page.getByRole("button", { name: "Done" }).click();
  await page.getByRole("dialog").waitFor({ state: "detached" });
  assert.equal(await occurrences(), 0);

  for (const hidden of [secret, server.key]) {
    const kept = await page.evaluate(async () => {
      const databases = (await indexedDB.databases?.()) ?? [];
      const caches_ = await caches.keys();
      return JSON.stringify([{ ...localStorage }, { ...sessionStorage }, history.state, location.href, document.cookie, databases, caches_]);
    });
    assert.ok(!kept.includes(hidden), "the browser keeps it");
    assert.ok(!JSON.stringify(await context.storageState()).includes(hidden), "a cookie or a storage holds it");
    assert.ok(!addresses.some((text) => text.includes(hidden)), "it was sent again, or is in an address");
    assert.ok(!server.log.join("").includes(hidden), "it is in the log");
    for (const file of files(join(server.dir, "data"))) assert.ok(!readFileSync(file).includes(hidden), `it is in ${file}`);
  }
  const stored = await page.evaluate(() => Object.keys(localStorage).concat(Object.keys(sessionStorage)));
  assert.deepEqual(stored, [], "nothing is stored in the browser before a theme is chosen");
  await page.goBack().catch(() => null);
  await page.goForward().catch(() => null);
  assert.equal(await occurrences(), 0, "going back does not bring it back");
  check();
  await context.close();
});
