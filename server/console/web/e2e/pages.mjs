// Every page of the console, and what has to be there before it is looked at.
import { api, query } from "./harness.mjs";

/** furnish gives the sample a few tokens, scopes, members and decisions, so that pages have something to show. */
export async function furnish(server) {
  const scope = (await api(server, "POST", "/layers/shop/scopes", { name: "warehouse", description: "Article numbers and stock, for the warehouse's scanners", fields: ["ShopifyInventoryLevel", "*.sku", "Query.shopifyOrder"] })).scope;
  const tokens = {};
  for (const [name, scopes] of Object.entries({ website: ["web"], "finance-report": ["finance", "purchasing"], "warehouse-scanner": ["warehouse"], "press-room": ["press", "editorial"] })) {
    tokens[name] = await api(server, "POST", "/layers/shop/tokens", { name, scopes });
  }
  tokens.codegen = await api(server, "POST", "/layers/shop/tokens", { name: "codegen", scopes: [], unrestricted: true });
  const old = await api(server, "POST", "/layers/shop/tokens", { name: "old-website", scopes: ["web"] });
  await api(server, "DELETE", `/layers/shop/tokens/${old.token.id}`);
  await api(server, "POST", "/members", { name: "bo", role: "developer" });
  for (let i = 0; i < 12; i++) {
    await query(server, tokens.website.secret, "{ shopifyCollections { title products { title cost supplier { name } } } }");
    await query(server, tokens["finance-report"].secret, "{ allShopifyProduct(limit: 2) { nodes { title cost margin } } }");
    if (i % 3 === 0) await query(server, tokens["press-room"].secret, "{ site { metadata } shopifyCollections { title } }");
  }
  const { member } = await api(server, "GET", "/whoami");
  return { scope, token: tokens.website.token, member };
}

const sandboxQuery = `query Landing {
  shopifyCollections {
    title
    products {
      title
      price { amount currencyCode }
      cost
    }
  }
  site {
    url
    metadata
  }
}
`;

/** pages are all pages: name, address, whether it is for narrow screens alone, and what shows that it is there. */
export function pages({ scope, token, member }) {
  const layer = "/layers/shop";
  const button = (name) => (page) => page.getByRole("button", { name, exact: true });
  return [
    { name: "sign-in", path: "/sign-in", anonymous: true, there: (page) => page.getByLabel("Member key") },
    { name: "layers", path: "/layers", there: (page) => page.getByRole("link", { name: "shop", exact: true }) },
    {
      name: "menu",
      path: "/layers/shop",
      narrow: true,
      there: (page) => page.getByRole("link", { name: "Site.metadata" }),
      prepare: async (page) => {
        await page.getByRole("button", { name: "Open the menu" }).click();
        await page.getByRole("link", { name: "API tokens" }).waitFor();
      },
    },
    { name: "overview", path: layer, there: (page) => page.getByRole("link", { name: "Site.metadata" }) },
    { name: "tokens", path: `${layer}/tokens`, there: (page) => page.getByRole("link", { name: "website", exact: true }) },
    { name: "token", path: `${layer}/tokens/${token.id}`, there: button("Revoke") },
    { name: "token-generate", path: `${layer}/tokens?generate=true`, there: (page) => page.getByLabel("I want an unrestricted token") },
    { name: "scopes", path: `${layer}/scopes`, there: (page) => page.getByRole("link", { name: "warehouse" }) },
    { name: "scope-new", path: `${layer}/scopes/new?filter=is%3Asensitive`, there: (page) => page.getByRole("treeitem").first() },
    {
      name: "scope",
      path: `${layer}/scopes/${scope.id}`,
      there: (page) => page.getByText(/It restricts \d+/),
      prepare: async (page) => {
        await page.getByLabel("Add a coordinate or a pattern").fill("ShopifyCollection.title");
        await page.getByRole("button", { name: "Add", exact: true }).click();
        await page.getByText(/becomes? restricted/).first().waitFor();
      },
    },
    { name: "scope-delete", path: `${layer}/scopes/${scope.id}`, there: button("Delete"), prepare: (page) => openDialog(page, button("Delete"), /would be readable by every token/) },
    { name: "access", path: `${layer}/access?at=ShopifyProduct.cost&as=token%3A${token.id}`, there: (page) => page.getByText("No, it cannot be read") },
    { name: "access-token", path: `${layer}/access?tab=token&as=token%3A${token.id}`, there: (page) => page.getByRole("textbox", { name: "Schema as seen" }) },
    { name: "access-matrix", path: `${layer}/access?tab=matrix`, there: (page) => page.getByRole("rowheader").first() },
    {
      name: "sandbox",
      path: `${layer}/sandbox?as=token%3A${token.id}&query=${encodeURIComponent(sandboxQuery)}`,
      there: (page) => page.locator(".cm-denied").first(),
      prepare: async (page) => {
        await page.getByRole("button", { name: "Run", exact: true }).click();
        await page.getByText(/^200 in/).waitFor();
      },
    },
    { name: "audit", path: "/audit", there: (page) => page.getByText("the chain verifies") },
    { name: "audit-entry", path: "/audit?action=token.revoked", there: (page) => page.locator(".audit-button").first(), prepare: openEntry },
    { name: "members", path: "/members", there: (page) => page.getByRole("link", { name: "bo" }) },
    { name: "member", path: `/members/${member.id}`, there: (page) => page.getByText("this session") },
    { name: "not-found", path: "/nowhere", there: (page) => page.getByRole("heading", { name: "There is no such page" }) },
  ];
}

async function openDialog(page, control, text) {
  await control(page).click();
  await page.getByRole("dialog").getByText(text).waitFor();
}

async function openEntry(page) {
  await page.locator(".audit-button").first().click();
  await page.getByRole("dialog").locator(".diff-lines").waitFor();
}
