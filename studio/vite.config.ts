// How the studio is built: the same source gives the same bytes, so that what is committed can be compared.
import react from "@vitejs/plugin-react";
import { defineConfig } from "vitest/config";
import { thirdParty } from "./third-party";

const SERVER = process.env["ANEW_SERVER"] ?? "http://127.0.0.1:8080";

/** A screen's chunk is called by its folder: all of them begin in a file called index. */
function named(chunk: { name: string; moduleIds: string[] }): string {
  const screen = chunk.moduleIds.map((id) => /\/screens\/([a-z]+)\/index\.tsx?$/.exec(id)?.[1]).find((found) => found !== undefined);
  return `assets/${screen ?? chunk.name}-[hash:8].js`;
}

export default defineConfig({
  base: "./",
  plugins: [react(), thirdParty()],
  build: {
    outDir: "../src/anew/server/static",
    emptyOutDir: true,
    target: "es2022",
    sourcemap: false,
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
    rollupOptions: {
      output: {
        entryFileNames: "assets/studio-[hash:8].js",
        chunkFileNames: named,
        assetFileNames: "assets/[name]-[hash:8][extname]",
        manualChunks(id) {
          if (/node_modules\/(@codemirror|@lezer|style-mod|w3c-keyname|crelt)\//.test(id)) return "editor";
          if (id.includes("node_modules/uplot/")) return "charts";
          return undefined;
        },
      },
    },
  },
  server: { proxy: { "/v1": SERVER, "/healthz": SERVER, "/readyz": SERVER } },
  test: {
    environment: "jsdom",
    include: ["src/**/*.test.{ts,tsx}"],
    setupFiles: ["src/testing.ts"],
    css: false,
    testTimeout: 30_000, // on a machine that does much else, too
  },
});
