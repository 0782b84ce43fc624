import { Group, Loader, Stack, Text, Title } from "@mantine/core";
import type { UseQueryResult } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { ProblemAlert } from "./Problem";

/** Shown while something is read for the first time. */
export function Loading({ what }: { what: string }) {
  return (
    <Group role="status" gap="sm" py="lg">
      <Loader size="sm" aria-hidden />
      <Text>Reading {what} …</Text>
    </Group>
  );
}

/** Shown where there is nothing yet: why, and what to do. */
export function Empty({ title, children }: { title: string; children?: ReactNode }) {
  return (
    <Stack className="card" gap="xs">
      <Title order={2} size="h4">
        {title}
      </Title>
      {children}
    </Stack>
  );
}

type LoadedProps<T> = {
  query: UseQueryResult<T>;
  what: string;
  children: (data: T) => ReactNode;
};

/** A query's data, or its loading or error state. */
export function Loaded<T>({ query, what, children }: LoadedProps<T>) {
  if (query.data !== undefined) return <>{children(query.data)}</>;
  if (query.isError) {
    return <ProblemAlert error={query.error} onRetry={() => void query.refetch()} />;
  }
  return <Loading what={what} />;
}
