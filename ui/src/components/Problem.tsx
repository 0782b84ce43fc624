import { Alert, Button, Group, Text } from "@mantine/core";
import { toProblem } from "../api/problem";
import { IssueList } from "./IssueList";

type Props = { error: unknown; onRetry?: () => void };

/** An error in the server's words: what happened, what to do, and where in the input. */
export function ProblemAlert({ error, onRetry }: Props) {
  const problem = toProblem(error);
  return (
    <Alert color="red" variant="outline" title={problem.title} role="alert">
      {problem.detail && (
        <Text size="sm" style={{ overflowWrap: "anywhere", whiteSpace: "pre-line" }}>
          {problem.detail}
        </Text>
      )}
      {problem.issues && problem.issues.length > 0 && (
        <IssueList issues={problem.issues} caption="Places in the input" />
      )}
      {onRetry && (
        <Group mt="sm">
          <Button size="xs" variant="default" onClick={onRetry}>
            Try again
          </Button>
        </Group>
      )}
    </Alert>
  );
}
