// A one-time link is /sign-in#code. The code is taken out of the address before anything else runs, so that it is in no
// history, and stays in memory until it is used.
let code = "";

if (window.location.pathname === "/sign-in" && window.location.hash.length > 1) {
  code = window.location.hash.slice(1);
  window.history.replaceState(null, "", "/sign-in");
}

/** takeLink returns the code of the one-time link that the page was opened with, once. */
export function takeLink(): string {
  const taken = code;
  code = "";
  return taken;
}
