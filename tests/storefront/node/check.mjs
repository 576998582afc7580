/* Runs theme-check over a folder: prints what it found as JSON. */
import { writeFileSync } from "node:fs";
import { themeCheckRun } from "@shopify/theme-check-node";

const [folder, config] = process.argv.slice(2);
writeFileSync(config, "extends: theme-check:theme-app-extension\n");
const { offenses, theme } = await themeCheckRun(folder, config);
const found = offenses.map((one) => `${one.check} ${one.uri.split("/").slice(-2).join("/")}:${(one.start?.line ?? 0) + 1} ${one.message}`);
process.stdout.write(JSON.stringify({ files: theme.length, found }));
