import { useCallback, useLayoutEffect, useRef } from "react";

/** useLatest is a function that stays the same and always does what the newest one does. */
export function useLatest<Arguments extends unknown[], Result>(latest: (...args: Arguments) => Result): (...args: Arguments) => Result {
  const kept = useRef(latest);
  useLayoutEffect(() => {
    kept.current = latest;
  });
  return useCallback((...args: Arguments) => kept.current(...args), []);
}
