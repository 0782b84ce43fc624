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

type EmptyProps = { title: string; order?: 1 | 2; children?: ReactNode };

/** Shown where there is nothing yet: why, and what to do. */
export function Empty({ title, order = 2, children }: EmptyProps) {
  return (
    <Stack className="card" gap="xs">
      <Title order={order} size="h4">
        {title}
      </Title>
      {children}
    </Stack>
  );
}

type LoadedProps<T> = {
  query: UseQueryResult<T>;
  what: string;
  /** Heading of the page while its own, made of the data, is not there yet. */
  heading?: string;
  children: (data: T) => ReactNode;
};

/** A query's data, or its loading or error state. */
export function Loaded<T>({ query, what, heading, children }: LoadedProps<T>) {
  if (query.data !== undefined) return <>{children(query.data)}</>;
  return (
    <Stack>
      {heading && (
        <>
          <title>{`${heading} · nextwell`}</title>
          <Title order={1} size="h2">
            {heading}
          </Title>
        </>
      )}
      {query.isError ? (
        <ProblemAlert error={query.error} onRetry={() => void query.refetch()} />
      ) : (
        <Loading what={what} />
      )}
    </Stack>
  );
}
