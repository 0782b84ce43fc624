import { Alert, createTheme, type MantineColorsTuple } from "@mantine/core";

const teal: MantineColorsTuple = [
  "#e9f7f5",
  "#cfeae6",
  "#a0d5cd",
  "#6dbfb3",
  "#45ac9d",
  "#2b9f8f",
  "#178a7b",
  "#0f7468",
  "#0b6156",
  "#064b43",
];

/** No fonts are loaded: the system's own are used. */
export const theme = createTheme({
  primaryColor: "teal",
  primaryShade: { light: 7, dark: 7 },
  colors: { teal },
  defaultRadius: "md",
  fontFamily: 'system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif',
  headings: { fontWeight: "650" },
  cursorType: "pointer",
  components: {
    // The library's title colour is too pale on a white page.
    Alert: Alert.extend({ styles: { label: { color: "var(--mantine-color-text)" } } }),
  },
});
