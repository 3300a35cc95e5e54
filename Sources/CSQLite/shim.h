#pragma once
#include <sqlite3.h>

// Swift calls no variadic function: one wrapper for the one that is needed.

/// The write-ahead log is neither copied into the database nor deleted when this connection closes.
static inline int nija_sqlite3_leave_log_on_close(sqlite3 *database) {
  return sqlite3_db_config(database, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, (int *)0);
}
