import { Code, Text } from "@mantine/core";
import { Empty } from "../../components/states";

const EXAMPLE = `gene,score,hit
IL2RA,-4.21,1
STAT5B,-2.87,1
GATA3,0.93,0
KLF2,0.02,0`;

/** What a screen's file looks like, while there is none. */
export function FormatExample() {
  return (
    <Empty title="No replay yet">
      <Text>
        A screen is a table of genes and scores, in any unit. The column <Code>hit</Code> is
        optional: without it hits are what a rule says, else the 5 % of genes farthest from the
        median. Gene summaries of MAGeCK (RRA and MLE) are read as they are.
      </Text>
      <Code block aria-label="Example of a screen's file">
        {EXAMPLE}
      </Code>
      <Text size="sm">
        The same replay runs without this server: <Code>nextwell replay --screen screen.csv</Code>
      </Text>
    </Empty>
  );
}
