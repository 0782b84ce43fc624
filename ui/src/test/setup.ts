import "@testing-library/jest-dom/vitest";
import { configure } from "@testing-library/react";

// A busy machine is slow to show what a test waits for.
configure({ asyncUtilTimeout: 10_000 });

// jsdom has neither; Mantine and the app only need them to be there.
window.matchMedia ??= (query: string) =>
  ({
    matches: false,
    media: query,
    onchange: null,
    addEventListener: () => {},
    removeEventListener: () => {},
    addListener: () => {},
    removeListener: () => {},
    dispatchEvent: () => false,
  }) as MediaQueryList;

window.ResizeObserver ??= class {
  observe() {}
  unobserve() {}
  disconnect() {}
} as unknown as typeof ResizeObserver;

// jsdom draws nothing; without this each canvas would complain on the console.
HTMLCanvasElement.prototype.getContext = (() => null) as HTMLCanvasElement["getContext"];
