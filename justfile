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
check: proto-fresh schema-fresh fmt-check lint

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

# Write services/*/schema.graphql
schema: build
    @{{binary}} schema

# services/*/schema.graphql is what the services serve
schema-fresh: build
    @{{binary}} schema --check

# Compose the services' schemas into the supergraph
compose *arguments: build
    @{{binary}} compose {{arguments}}

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
    cargo build --release --locked --bin sanshe
    @scripts/image/build.py {{arguments}}
    @scripts/image/check.py

# Helm charts, rendered and checked; `just charts write` regenerates what is made
charts *arguments:
    @scripts/charts {{arguments}}

# A one-node Kubernetes for tests
cluster-up:
    @scripts/later cluster-up "the test cluster"

# Tests on a real API server
test-cluster:
    @scripts/later test-cluster "the cluster tests"

[private]
build:
    @cargo build --quiet --bin sanshe
