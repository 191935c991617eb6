import { useQueryClient } from "@tanstack/react-query";
import { useEffect, useState, useSyncExternalStore } from "react";
import { keys, syncsQuery } from "./queries";
import type { Sync } from "./types";

/**
 * useLive follows a data layer's events: each step of a sync as it happens, and each revision that becomes active. It returns
 * whether it is connected; the browser connects again by itself.
 */
export function useLive(layer: string): boolean {
  const queries = useQueryClient();
  const [connected, setConnected] = useState(false);
  const visible = useVisible();
  useEffect(() => {
    if (!visible) return;
    const events = new EventSource(`/api/v1/layers/${encodeURIComponent(layer)}/events`);
    // What happened while nobody watched is read.
    events.onopen = () => {
      setConnected(true);
      void queries.invalidateQueries({ queryKey: [...keys.layer(layer), "syncs"] });
    };
    events.onerror = () => setConnected(false);
    events.addEventListener("sync", (event) => {
      const sync = JSON.parse(String(event.data)) as Sync;
      queries.setQueryData(syncsQuery(layer).queryKey, (known: Sync[] | undefined) => known && replaced(known, sync));
    });
    // Everything that is derived from the revision is read again; what is not on the page is read when it is next.
    events.addEventListener("revision", () => void queries.invalidateQueries({ queryKey: keys.layer(layer) }));
    return () => {
      events.close();
      setConnected(false);
    };
  }, [layer, queries, visible]);
  return connected;
}

/**
 * useVisible reports whether the page is in front. Browsers open few connections to a server, and each that is watched takes one:
 * pages in the background let go of theirs.
 */
const useVisible = () => useSyncExternalStore(whenVisibilityChanges, () => document.visibilityState === "visible");

function whenVisibilityChanges(listener: () => void) {
  document.addEventListener("visibilitychange", listener);
  return () => document.removeEventListener("visibilitychange", listener);
}

/** replaced puts a sync in its place among those known, newest first. */
function replaced(known: Sync[], sync: Sync): Sync[] {
  const at = known.findIndex((one) => one.id === sync.id);
  return at < 0 ? [sync, ...known] : known.with(at, sync);
}
