//! The services this binary can run; a new one is one line here.

use anyhow::Result;
use kit::service::{Core, Definition, Serving};
use tokio::net::TcpListener;

/// A service as the command line sees it.
pub struct Service {
    /// What it declares about itself.
    pub definition: &'static Definition,
    /// The text of its subgraph.
    pub sdl: fn() -> String,
    /// Serves until the stop.
    pub serve: fn(Core, TcpListener) -> Serving,
}

macro_rules! services {
    ($($name:ident),+ $(,)?) => {
        /// Every service of the platform.
        pub static SERVICES: &[Service] = &[$(Service {
            definition: &$name::serve::DEFINITION,
            sdl: $name::serve::sdl,
            serve: $name::serve::serve,
        }),+];
    };
}

services!(
    communities,
    incubation,
    socialwork,
    eldercare,
    procurement,
    smartdata
);

/// The service of a name; all of them where none is named.
pub fn chosen(name: Option<&str>) -> Result<Vec<&'static Service>> {
    Ok(match name {
        Some(name) => vec![find(name)?],
        None => SERVICES.iter().collect(),
    })
}

/// The service of a name.
pub fn find(name: &str) -> Result<&'static Service> {
    SERVICES
        .iter()
        .find(|service| service.definition.name == name)
        .ok_or_else(|| {
            let names: Vec<_> = SERVICES
                .iter()
                .map(|service| service.definition.name)
                .collect();
            anyhow::anyhow!(
                "there is no service `{name}`; the services are {}",
                names.join(", ")
            )
        })
}
