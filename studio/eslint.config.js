import { fileURLToPath } from "node:url";
import js from "@eslint/js";
import hooks from "eslint-plugin-react-hooks";
import { defineConfig } from "eslint/config";
import tseslint from "typescript-eslint";

// A walk's functions run in Node, and those that it hands to the page in the browser.
const NAMES = ["process", "console", "URL", "Buffer", "setTimeout", "fetch", "document", "window", "location", "history", "navigator", "localStorage", "sessionStorage", "indexedDB", "caches", "performance", "requestAnimationFrame", "getComputedStyle", "PerformanceObserver", "CSS", "Event", "DataTransfer", "File", "Blob", "FormData", "AudioBufferSourceNode", "AudioContext", "OfflineAudioContext", "OffscreenCanvas", "createImageBitmap", "atob"];
const NODE_AND_PAGE = Object.fromEntries(NAMES.map((name) => [name, "readonly"]));

export default defineConfig(
  { ignores: ["node_modules", "src/api/schema.d.ts"] },
  {
    files: ["src/**/*.{ts,tsx}", "*.ts"],
    extends: [js.configs.recommended, ...tseslint.configs.strictTypeChecked, ...tseslint.configs.stylisticTypeChecked],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: fileURLToPath(new URL(".", import.meta.url)) } },
    plugins: { "react-hooks": hooks },
    rules: {
      "react-hooks/rules-of-hooks": "error",
      "react-hooks/exhaustive-deps": "error",
      "@typescript-eslint/restrict-template-expressions": ["error", { allowNumber: true }],
      "@typescript-eslint/no-confusing-void-expression": ["error", { ignoreArrowShorthand: true }],
      // What is generated runs nowhere: it is text, or an element that React made.
      "no-restricted-properties": ["error", { property: "innerHTML" }, { property: "outerHTML" }],
      "no-restricted-syntax": ["error", { selector: "JSXAttribute[name.name='dangerouslySetInnerHTML']", message: "Generated content is text." }],
      "no-eval": "error",
    },
  },
  {
    files: ["src/**/*.test.{ts,tsx}"],
    rules: { "@typescript-eslint/no-non-null-assertion": "off" },
  },
  {
    files: ["*.mjs", "e2e/**/*.mjs"],
    extends: [js.configs.recommended],
    languageOptions: { globals: NODE_AND_PAGE },
  },
);
