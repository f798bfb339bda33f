import { fileURLToPath } from "node:url";
import { defineConfig } from "vite";

/**
 * The build must satisfy the content security policy it is served under: nothing inlined into the
 * page, everything from its own origin. `light-dark()` is left alone because every browser of the
 * last two years has it, and the replacement doubles each colour.
 */
export default defineConfig({
  root: fileURLToPath(new URL(".", import.meta.url)),
  base: "/",
  publicDir: false,
  oxc: { jsx: { runtime: "automatic", importSource: "preact" } },
  build: {
    outDir: fileURLToPath(new URL("../dist/dashboard", import.meta.url)),
    emptyOutDir: true,
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    target: ["chrome123", "firefox128", "safari17.5"],
    cssTarget: ["chrome123", "firefox128", "safari17.5"],
  },
});
