import react from "@vitejs/plugin-react";
import { defineConfig } from "vitest/config";

const server = process.env.NEXTWELL_URL ?? "http://127.0.0.1:8080";

export default defineConfig({
  plugins: [react()],
  build: { outDir: "dist", chunkSizeWarningLimit: 700 },
  server: { proxy: { "/api": server, "/livez": server, "/readyz": server } },
  test: {
    environment: "jsdom",
    globals: true,
    setupFiles: ["src/test/setup.ts"],
    restoreMocks: true,
    // A busy machine is slow to load the page under test.
    testTimeout: 30_000,
  },
});
