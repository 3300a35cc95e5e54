#pragma once
#include <sqlite3.h>

// Swift calls no variadic function: one wrapper for the one that is needed.

/// Whether the write-ahead log stays as it is when this connection closes: neither copied into the database nor deleted.
static inline int nija_sqlite3_leave_log_on_close(sqlite3 *database, int leave) {
  return sqlite3_db_config(database, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, leave, (int *)0);
}

static inline int nija_sqlite3_keep_frames(void *into, sqlite3 *database, const char *name, int frames) {
  (void)database;
  (void)name;
  *(int *)into = frames;
  return SQLITE_OK;
}

/// Keeps in `into` how many frames the log has after each commit. Also ends the automatic copying of the log, which
/// SQLite does in the same hook.
static inline void nija_sqlite3_count_log_frames(sqlite3 *database, int *into) {
  sqlite3_wal_hook(database, nija_sqlite3_keep_frames, into);
}
