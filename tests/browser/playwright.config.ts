import { existsSync } from "node:fs";
import { defineConfig } from "@playwright/test";

const address = process.env.NEXTWELL_ADDRESS;
if (!address) throw new Error("NEXTWELL_ADDRESS is not set: start these tests with tests/browser/run");

/** Debian's Chromium, or whatever is installed under one of its names. */
function chromium(): string {
  const folders = ["/usr/bin", ...(process.env.PATH ?? "").split(":")];
  const names = ["chromium", "chromium-browser", "google-chrome"];
  const found = folders.flatMap((f) => names.map((n) => `${f}/${n}`)).find((p) => existsSync(p));
  if (!found) throw new Error("no Chromium found; install it: apt-get install chromium");
  return found;
}

const args = ["--disable-background-networking", "--disable-component-update"];
// Chromium's sandbox refuses to run as root.
if (process.getuid?.() === 0) args.push("--no-sandbox");

export default defineConfig({
  testDir: ".",
  outputDir: "test-results",
  globalSetup: "./prepare.ts",
  // One campaign goes through all tests, in the order of the files.
  workers: 1,
  fullyParallel: false,
  maxFailures: 1,
  reporter: "list",
  timeout: 240_000,
  expect: { timeout: 60_000 },
  use: {
    baseURL: address,
    viewport: { width: 1360, height: 900 },
    locale: "en-GB",
    screenshot: "only-on-failure",
    trace: "retain-on-failure",
    actionTimeout: 30_000,
    launchOptions: { executablePath: chromium(), args },
  },
});
