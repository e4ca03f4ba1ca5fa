//! Tells the gateway how long connections get, so that it can price a query
//! before anybody works for it. async-graphql cannot say `@listSize` itself.

use kernel::page::DEFAULT_LIMIT;

/// The arguments that tell how many.
const SLICING: [&str; 2] = ["first", "last"];

/// What is known of a connection: the size of its page is asked for or assumed,
/// and it is its edges and nodes that are so many.
fn directive(slicing: &[&str]) -> String {
    let slicing: Vec<String> = slicing.iter().map(|name| format!("\"{name}\"")).collect();
    let slicing = slicing.join(", ");
    format!(
        "@listSize(assumedSize: {DEFAULT_LIMIT}, slicingArguments: [{slicing}], \
         sizedFields: [\"edges\", \"nodes\"], requireOneSlicingArgument: false)"
    )
}

/// The federation SDL of a service, with sizes on its connections.
pub fn sized(sdl: &str) -> String {
    let mut found = false;
    let mut slicing: Vec<&str> = Vec::new();
    let mut lines: Vec<String> = Vec::new();
    for line in sdl.lines() {
        let mut line = line.to_owned();
        // Fields are one level in, their arguments two.
        if line.starts_with("\t\t") {
            let argument = line.trim_start();
            slicing.extend(SLICING.iter().filter(|it| argument.starts_with(&asks(it))));
        } else if line.starts_with('\t') {
            slicing.extend(SLICING.iter().filter(|it| line.contains(&asks(it))));
            if !slicing.is_empty() && answers_connection(&line) {
                line = format!("{line} {}", directive(&slicing));
                found = true;
            }
            slicing.clear();
        }
        lines.push(line);
    }
    let mut text = lines.join("\n");
    if sdl.ends_with('\n') {
        text.push('\n');
    }
    if found { linked(&text) } else { text }
}

/// How an argument that tells how many is written.
fn asks(name: &str) -> String {
    format!("{name}: Int")
}

/// Whether the line ends the arguments of a field that is a connection.
fn answers_connection(line: &str) -> bool {
    let kind = line.rsplit_once("): ").map(|(_, kind)| kind);
    let name = kind.and_then(|kind| kind.split([' ', '!']).next());
    name.is_some_and(|name| name.ends_with("Connection"))
}

/// `@listSize` came with version 2.9.
fn linked(sdl: &str) -> String {
    let spec = "https://specs.apollo.dev/federation/v2.";
    let Some(start) = sdl.find(spec).map(|at| at + spec.len()) else {
        return sdl.to_owned();
    };
    let version = sdl[start..].split('"').next().unwrap_or_default();
    let newer = version.parse().map_or(9, |minor: u32| minor.max(9));
    let rest = &sdl[start + version.len()..];
    let rest = rest.replacen("import: [", "import: [\"@listSize\", ", 1);
    format!("{}{newer}{rest}", &sdl[..start])
}

#[cfg(test)]
mod tests {
    use super::*;

    const LINK: &str = "extend schema @link(\n\turl: \"https://specs.apollo.dev/federation/v2.5\",\n\timport: [\"@key\"]\n)\n";

    #[test]
    fn connections_get_a_size_and_the_link_that_brings_it() {
        let sdl = format!(
            "type Query {{\n\tneeds(\n\t\t\"\"\"\n\t\tHow many.\n\t\t\"\"\"\n\t\tfirst: Int,\n\t\tlast: Int\n\t): NeedConnection! @shareable\n\tshort(first: Int): NeedConnection\n\tneed(first: Int): Need\n}}\n{LINK}"
        );
        let sized = sized(&sdl);
        let lines: Vec<&str> = sized
            .lines()
            .filter(|it| it.contains("@listSize("))
            .collect();
        assert_eq!(lines.len(), 2, "{sized}");
        assert!(
            lines[0].starts_with("\t): NeedConnection! @shareable @listSize(assumedSize: 20, ")
        );
        assert!(lines[1].starts_with("\tshort(first: Int): NeedConnection @listSize(assumedSize: 20, slicingArguments: [\"first\"], "));
        assert!(sized.contains("federation/v2.9\""));
        assert!(sized.contains("import: [\"@listSize\", \"@key\"]"));
        assert!(sized.ends_with(")\n"));
    }

    #[test]
    fn a_schema_without_connections_stays_as_it_is() {
        let sdl = format!("type Query {{\n\tfirst: Int\n\tone(first: Int): One\n}}\n{LINK}");
        assert_eq!(sized(&sdl), sdl);
    }

    #[test]
    fn a_newer_version_stays() {
        let linked = linked(&LINK.replace("v2.5", "v2.11"));
        assert!(linked.contains("federation/v2.11\""), "{linked}");
    }
}
