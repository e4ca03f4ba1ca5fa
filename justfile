# The one command surface: people, the set-up and CI all come through here.
# `./dev up` and `./dev test` make sure that the tools are there first.

set shell := ["bash", "-euo", "pipefail", "-c"]

binary := "target/debug/sanshe"

# What there is
default:
    @just --list --unsorted

# Everything in one process: address, demo accounts, first query; Ctrl-C stops it
up: graphiql build
    @exec {{binary}} dev

# The same, and the story is played through the graph, step by step
demo *story: build
    @exec {{binary}} demo {{story}}

# All checks and tests, fast ones first
test:
    @scripts/test

# Generated files are fresh, sources are formatted and clean
check: proto-fresh schema-fresh crds-fresh fmt-check lint

# Format the sources
fmt:
    cargo fmt --all

# Sources are formatted
fmt-check:
    cargo fmt --all --check

# Lints: no warning passes
lint:
    cargo clippy --quiet --workspace --all-targets -- --deny warnings

# Ratios measured side by side in one run
bench:
    @scripts/bench

# What planning and merging cost beside the same subgraph calls alone
bench-gateway *transports:
    @cargo bench --quiet --package sanshe-gateway --bench federated -- {{transports}}

# Write services/*/schema.graphql
schema: build
    @{{binary}} schema

# services/*/schema.graphql is what the services serve
schema-fresh: build
    @{{binary}} schema --check

# Write the definitions of the operator's resources
crds: build
    @{{binary}} operator crds

# charts/sanshe-crds is what the operator's code says
crds-fresh: build
    @{{binary}} operator crds --check

# Compose the services' schemas into the supergraph
compose *arguments: build
    @{{binary}} compose {{arguments}}

# What we compose, composed by an independent composer too
compose-check:
    @scripts/compose-check

# Random queries against one schema: just fuzz-federation QUERIES=500 SEED=7
fuzz-federation *settings:
    @env {{settings}} cargo test --quiet --package sanshe-gateway --test federation -- \
        --exact differ::random_queries_agree_with_one_schema --nocapture

# Hostile input, by libFuzzer: just fuzz http_body 60
fuzz target='http_body' seconds='60':
    @scripts/fuzz {{quote(target)}} {{quote(seconds)}}

# Write proto/src/gen from the .proto files
proto:
    cargo run --quiet --package sanshe-proto-codegen

# proto/src/gen is what the .proto files say
proto-fresh:
    @scripts/fresh proto/src/gen just proto

# The files behind a field of the graph: just where Tender.awards
where field:
    @scripts/where {{quote(field)}}

# The skeleton of another service: just new-service childcare place
new-service name noun='record':
    @scripts/new-service {{quote(name)}} {{quote(noun)}}

# The query page of the gateway, fetched as a package where npm is installed
graphiql:
    @scripts/graphiql

# An OCI image as an archive, without a registry or a daemon, and its SBOM
image *arguments:
    @scripts/image/compile
    @scripts/image/build.py {{arguments}}
    @scripts/image/check.py

# The image of this commit, compiled once more elsewhere, is the same
image-twice:
    @scripts/image/twice

# Helm charts, rendered and checked; `just charts write` regenerates what is made
charts *arguments:
    @scripts/charts {{arguments}}

# A Kubernetes of this machine, for tests, as root: just cluster-up nodes=2
cluster-up *settings:
    @scripts/cluster/cluster up {{settings}}

# It goes, and what it changed goes back
cluster-down:
    @scripts/cluster/cluster down

# Tests on a real API server; `just test-cluster full`: the platform on a whole cluster
test-cluster *arguments:
    @scripts/cluster/test {{arguments}}

[private]
build:
    @cargo build --quiet --bin sanshe
