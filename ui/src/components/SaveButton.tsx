import { Button } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { saveFile } from "../api/save-file";

type Props = { href: string; onProblem: (error: unknown) => void; children: ReactNode };

/** A file that the server may refuse to write; its reason goes to `onProblem`. */
export function SaveButton({ href, onProblem, children }: Props) {
  const save = useMutation({
    mutationFn: () => saveFile(href),
    onMutate: () => onProblem(undefined),
    onError: onProblem,
  });
  return (
    <Button variant="default" size="sm" loading={save.isPending} onClick={() => save.mutate()}>
      ↓ {children}
    </Button>
  );
}
