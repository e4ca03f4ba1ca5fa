// The second opinion of scripts/compose-check: reads what our composer said of
// each set of subgraphs and says it with @theguild/federation-composition.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import {
  composeServices, compositionHasErrors, transformSupergraphToPublicSchema,
} from "@theguild/federation-composition";
import { buildASTSchema, buildClientSchema, isIntrospectionType, isSpecifiedScalarType, lexicographicSortSchema, parse, printType } from "graphql";

// What a client sees: every type, printed the same way, without texts.
function shape(schema) {
  const sorted = lexicographicSortSchema(schema);
  const types = Object.values(sorted.getTypeMap())
    .filter((type) => !isIntrospectionType(type) && !isSpecifiedScalarType(type));
  return new Map(types.map((type) => [type.name, bare(printType(type))]));
}

// Without descriptions and reasons, which composers are free to merge.
function bare(text) {
  return text
    .replace(/"""[\s\S]*?"""\s*/g, "")
    .split("\n").map((line) => line.trimEnd()).filter(Boolean).join("\n");
}

// A text that is no schema is refused before composing.
function compose(subgraphs) {
  try {
    return composeServices(subgraphs.map(({ name, url, sdl }) => ({ name, url, typeDefs: parse(sdl) })));
  } catch (error) {
    return { errors: [error] };
  }
}

// Their schema for clients names hidden members of unions and interfaces.
function visible(supergraph) {
  const document = transformSupergraphToPublicSchema(parse(supergraph));
  const known = new Set(document.definitions.map((it) => it.name?.value));
  const seen = (list) => list?.filter((it) => known.has(it.name.value));
  const definitions = document.definitions
    .map((it) => ({ ...it, types: seen(it.types), interfaces: seen(it.interfaces) }));
  return { ...document, definitions };
}

function differences(ours, theirs) {
  const found = [];
  for (const name of new Set([...ours.keys(), ...theirs.keys()])) {
    const [own, other] = [ours.get(name), theirs.get(name)];
    if (own !== other) found.push(`${name}:\n    ours   ${own ?? "-"}\n    theirs ${other ?? "-"}`);
  }
  return found;
}

const folder = process.argv[2];
const failures = [];
let checked = 0;
let known = 0;
for (const file of readdirSync(folder).filter((name) => name.endsWith(".json")).sort()) {
  const { name, differs, subgraphs, accepted, problems, introspection } =
    JSON.parse(readFileSync(join(folder, file), "utf8"));
  const theirs = compose(subgraphs);
  const refused = compositionHasErrors(theirs);
  const said = [];
  if (accepted && refused) {
    said.push(`we accept, they refuse: ${theirs.errors.map((it) => it.message).join("; ")}`);
  } else if (!accepted && !refused) {
    said.push(`we refuse, they accept: ${problems.join("; ")}`);
  } else if (accepted) {
    const api = buildASTSchema(visible(theirs.supergraphSdl), { assumeValidSDL: true });
    const client = buildClientSchema(introspection);
    said.push(...differences(shape(client), shape(api)));
  }
  checked += 1;
  if (said.length > 0 && differs) known += 1;
  else if (said.length > 0) failures.push(`${name}: ${said.join("\n  ")}`);
  else if (differs) failures.push(`${name}: says that the composers differ, and they do not`);
}
if (failures.length > 0) {
  console.error(`compose-check: ${failures.length} of ${checked} disagree\n${failures.join("\n")}`);
  process.exit(1);
}
console.error(`compose-check: ${checked} compositions agree${known > 0 ? `, ${known} differ as they say` : ""}`);
