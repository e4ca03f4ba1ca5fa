//! The server's settings: safe for development, fast for tests.

use std::path::Path;

/// The longest path of a socket that the system takes, with room for the name.
const SOCKET_FOLDER_LIMIT: usize = 80;

/// The text of `sanshe.conf`, written anew at each start.
pub(super) fn render(port: u16, run: &Path, for_tests: bool) -> String {
    let run = run.to_string_lossy();
    // A checkout deep in the tree has no socket; loopback is always there.
    let socket = if run.len() > SOCKET_FOLDER_LIMIT {
        ""
    } else {
        &run
    };
    let socket = socket.replace('\'', "''");
    let mut text = format!(
        "# Written at each start; changes here are lost.\n\
         listen_addresses = '127.0.0.1'\n\
         port = {port}\n\
         unix_socket_directories = '{socket}'\n\
         unix_socket_permissions = 0700\n\
         max_connections = 300\n\
         timezone = 'UTC'\n\
         log_timezone = 'UTC'\n\
         log_min_messages = warning\n\
         logging_collector = off\n\
         shared_buffers = 128MB\n"
    );
    if for_tests {
        // Nothing here outlives the run, so nothing needs to survive a crash.
        text.push_str(
            "fsync = off\n\
             synchronous_commit = off\n\
             full_page_writes = off\n\
             wal_level = minimal\n\
             max_wal_senders = 0\n\
             max_wal_size = 4GB\n\
             autovacuum_naptime = 5min\n",
        );
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_server_for_tests_may_lose_what_it_wrote() {
        let run = Path::new("/tmp/x");
        assert!(!render(5, run, false).contains("fsync = off"));
        assert!(render(5, run, true).contains("fsync = off"));
    }

    #[test]
    fn a_path_too_long_for_a_socket_leaves_loopback_only() {
        let run = "/deep".repeat(40);
        assert!(render(5, Path::new(&run), false).contains("unix_socket_directories = ''\n"));
    }
}
