const paths = {
  layers: "M12 3 3 8l9 5 9-5-9-5ZM3 13l9 5 9-5",
  overview: "M4 19V9m6 10V5m6 14v-7m4 7H3",
  tokens: "M14.5 9.5a4.5 4.5 0 1 1-4.2-4.5M9 14l10-10m-3 3 3 3",
  scopes: "M12 3 4 6v6c0 4.5 3.4 8 8 9 4.6-1 8-4.5 8-9V6l-8-3Z",
  access: "M3 12s3.5-6 9-6 9 6 9 6-3.5 6-9 6-9-6-9-6Zm9 2.5a2.5 2.5 0 1 0 0-5 2.5 2.5 0 0 0 0 5Z",
  sandbox: "M8 5v14l11-7L8 5Z",
  audit: "M6 3h9l4 4v14H6V3Zm3 8h7m-7 4h7",
  members: "M9 11a3.5 3.5 0 1 0 0-7 3.5 3.5 0 0 0 0 7Zm-6 9c0-3.3 2.7-6 6-6s6 2.7 6 6m1-15.5a3.5 3.5 0 0 1 0 6.5m2 4c1.8.9 3 2.8 3 5",
  account: "M12 12a4 4 0 1 0 0-8 4 4 0 0 0 0 8Zm-7 8c0-3.9 3.1-6 7-6s7 2.1 7 6",
  menu: "M4 7h16M4 12h16M4 17h16",
  close: "M6 6l12 12M18 6 6 18",
  sun: "M12 8a4 4 0 1 0 0 8 4 4 0 0 0 0-8Zm0-5v2m0 14v2m9-9h-2M5 12H3m15.4-6.4L17 7M7 17l-1.4 1.4m12.8 0L17 17M7 7 5.6 5.6",
  moon: "M20 14.5A8.5 8.5 0 0 1 9.5 4 8.5 8.5 0 1 0 20 14.5Z",
  chevron: "m9 6 6 6-6 6",
} as const;

export type IconName = keyof typeof paths;

/** Icon is decoration: what it stands for is always written out beside it or as the label of its button. */
export function Icon({ name }: { name: IconName }) {
  return (
    <svg width="18" height="18" viewBox="0 0 24 24" fill="none" stroke="currentColor" strokeWidth="1.8" strokeLinecap="round" strokeLinejoin="round" aria-hidden="true" focusable="false">
      <path d={paths[name]} />
    </svg>
  );
}
