//! The gRPC contracts between the gateway, the services and other departments.
//!
//! `.proto` files live in `proto/sanshe/<service>/v1/`; `just proto` writes
//! `src/gen` from them. The generated code is committed, so that building the
//! house needs no generator.

pub mod again;
mod taken;

macro_rules! package {
    ($(#[$doc:meta])* $service:ident, $file:literal) => {
        $(#[$doc])*
        #[allow(clippy::all, clippy::pedantic, clippy::allow_attributes)]
        pub mod $service {
            /// Version 1.
            pub mod v1 {
                include!(concat!("gen/", $file));
            }
        }
    };
}

package!(
    /// The contract between the gateway and a subgraph.
    graph, "sanshe.graph.v1.rs"
);
package!(
    /// What other services may ask of communities.
    communities, "sanshe.communities.v1.rs"
);
package!(
    /// What other services may ask of incubation.
    incubation, "sanshe.incubation.v1.rs"
);
package!(
    /// What other services may ask of social work.
    socialwork, "sanshe.socialwork.v1.rs"
);
package!(
    /// What other services may ask of elder care.
    eldercare, "sanshe.eldercare.v1.rs"
);
package!(
    /// What other services may ask of procurement.
    procurement, "sanshe.procurement.v1.rs"
);
package!(
    /// What other services may ask of smart-community data.
    smartdata, "sanshe.smartdata.v1.rs"
);
