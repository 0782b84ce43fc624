import "@mantine/core/styles.css";
import "./styles.css";
import "./charts/charts.css";
import "./print.css";
import { MantineProvider } from "@mantine/core";
import { QueryClientProvider } from "@tanstack/react-query";
import { RouterProvider } from "@tanstack/react-router";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { followChanges } from "./api/connection";
import { makeQueryClient } from "./query-client";
import { makeRouter } from "./router";
import { theme } from "./theme";

const client = makeQueryClient();
const router = makeRouter();
followChanges(client);

const host = document.getElementById("root");
if (!host) throw new Error("index.html has no element with the id root");

createRoot(host).render(
  <StrictMode>
    <MantineProvider theme={theme} defaultColorScheme="auto">
      <QueryClientProvider client={client}>
        <RouterProvider router={router} />
      </QueryClientProvider>
    </MantineProvider>
  </StrictMode>,
);
