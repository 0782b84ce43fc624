import { NativeSelect, useMantineColorScheme } from "@mantine/core";

type Scheme = "light" | "dark" | "auto";

/** Light, dark, or as the system has it. */
export function ColorSchemeSwitch() {
  const { colorScheme, setColorScheme } = useMantineColorScheme();
  return (
    <NativeSelect
      aria-label="Colours"
      value={colorScheme}
      data={[
        { value: "auto", label: "Auto" },
        { value: "light", label: "Light" },
        { value: "dark", label: "Dark" },
      ]}
      onChange={(event) => setColorScheme(event.currentTarget.value as Scheme)}
      w={92}
    />
  );
}
