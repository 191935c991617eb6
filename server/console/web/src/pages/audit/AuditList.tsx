import { useInfiniteQuery } from "@tanstack/react-query";
import { useVirtualizer } from "@tanstack/react-virtual";
import { useEffect, useMemo, useRef } from "react";
import { auditQuery, type AuditFilter } from "../../api/queries";
import type { Entry } from "../../api/types";
import { Empty } from "../../ui/Empty";
import { ErrorBox } from "../../ui/ErrorBox";
import { Loading } from "../../ui/Loaded";
import { Time } from "../../ui/Time";
import { actorName, targetName } from "./words";

const rowHeight = 52;

/** AuditList shows entries, newest first. Pages are read as one scrolls, and only rows in sight are elements. */
export function AuditList({ filter, onOpen }: { filter: AuditFilter; onOpen: (sequence: number) => void }) {
  const query = useInfiniteQuery(auditQuery(filter));
  const entries = useMemo(() => query.data?.pages.flatMap((page) => page.items) ?? [], [query.data]);
  const frame = useRef<HTMLDivElement>(null);
  const virtual = useVirtualizer({ count: entries.length, getScrollElement: () => frame.current, estimateSize: () => rowHeight, overscan: 10 });
  const items = virtual.getVirtualItems();
  const last = items.at(-1)?.index ?? 0;
  const { hasNextPage, isFetchingNextPage, fetchNextPage } = query;
  useEffect(() => {
    if (hasNextPage && !isFetchingNextPage && last >= entries.length - 30) void fetchNextPage();
  }, [hasNextPage, isFetchingNextPage, fetchNextPage, last, entries.length]);

  if (query.error) return <ErrorBox error={query.error} retry={() => void query.refetch()} />;
  if (query.isPending) return <Loading what="entries" />;
  if (entries.length === 0) return <NoEntries filtered={Object.values(filter).some(Boolean)} />;
  return (
    <div ref={frame} className="audit-list" role="region" aria-label="Entries, newest first" tabIndex={0}>
      <ul className="plain audit-rows" style={{ height: virtual.getTotalSize() }}>
        {items.map((item) => {
          const entry = entries[item.index]!;
          return (
            <li key={entry.sequence} className="audit-row" style={{ transform: `translateY(${item.start}px)` }} aria-setsize={hasNextPage ? -1 : entries.length} aria-posinset={item.index + 1}>
              <button type="button" className="audit-button" onClick={() => onOpen(entry.sequence)}>
                <Line entry={entry} />
              </button>
            </li>
          );
        })}
      </ul>
      {isFetchingNextPage && <Loading what="older entries" />}
    </div>
  );
}

function Line({ entry }: { entry: Entry }) {
  return (
    <>
      <span className="audit-sequence muted">{entry.sequence}</span>
      <span className="audit-action">
        <code>{entry.action}</code>
      </span>
      <span className="audit-target">
        {targetName(entry.target)}
        {entry.target.data_layer && <span className="muted"> in {entry.target.data_layer}</span>}
      </span>
      <span className="audit-actor">{actorName(entry.actor)}</span>
      <span className="audit-time muted">
        <Time at={entry.time} />
      </span>
    </>
  );
}

function NoEntries({ filtered }: { filtered: boolean }) {
  return (
    <Empty title={filtered ? "No entry matches" : "No entry yet"}>
      <p>{filtered ? "Names and ids of targets are compared whole; a member that was removed is found by the id." : "Every change to tokens, scopes, members and data layers will be listed here."}</p>
    </Empty>
  );
}
