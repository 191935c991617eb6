import react from "@vitejs/plugin-react";
import { defineConfig } from "vite";

// The build is embedded in the server and served under a strict Content-Security-Policy: nothing is inlined, nothing is remote.
export default defineConfig({
  plugins: [react()],
  build: {
    outDir: "../dist",
    emptyOutDir: false, // dist holds a committed placeholder; `npm run build` clears what an earlier build left
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    target: "es2022",
    reportCompressedSize: false,
    chunkSizeWarningLimit: 600,
  },
});
