import { useQueryClient } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import { keys, syncsQuery } from "./queries";
import type { Sync } from "./types";

/**
 * useLive follows a data layer's events: each step of a sync as it happens, and each revision that becomes active. It returns
 * whether it is connected; the browser connects again by itself.
 */
export function useLive(layer: string): boolean {
  const queries = useQueryClient();
  const [connected, setConnected] = useState(false);
  useEffect(() => {
    const events = new EventSource(`/api/v1/layers/${encodeURIComponent(layer)}/events`);
    events.onopen = () => setConnected(true);
    events.onerror = () => setConnected(false);
    events.addEventListener("sync", (event) => {
      const sync = JSON.parse(String(event.data)) as Sync;
      queries.setQueryData(syncsQuery(layer).queryKey, (known: Sync[] | undefined) => known && replaced(known, sync));
    });
    // Everything that is derived from the revision is read again; what is not on the page is read when it is next.
    events.addEventListener("revision", () => void queries.invalidateQueries({ queryKey: keys.layer(layer) }));
    return () => events.close();
  }, [layer, queries]);
  return connected;
}

/** replaced puts a sync in its place among those known, newest first. */
function replaced(known: Sync[], sync: Sync): Sync[] {
  const at = known.findIndex((one) => one.id === sync.id);
  return at < 0 ? [sync, ...known] : known.with(at, sync);
}
