// Preloaded into the process under test: counts its writes, syncs, sends and what changes names, each by what it does to
// which kind of file ("sync log", "write mark", "send socket"), and ends the process at the one it was told.
//
// NIJA_CRASH_CALL=n    dies before the nth call takes effect (SIGKILL: nothing is flushed, no handler runs)
// NIJA_CRASH_CLASS=c   counts only calls of that class
// NIJA_CRASH_TEAR=1    writes half of what that call should write, then dies; of SQLite's files whole sectors only
// NIJA_CRASH_AFTER=1   dies after the call has taken effect
// NIJA_CRASH_RECORD=f  writes the class of the call it died at to the file f
// NIJA_CRASH_TRACE=f   appends the class of every call to the file f
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

static atomic_long calls;
static long target = -1;
static int tears, after;
static const char *wanted, *record, *trace;

__attribute__((constructor)) static void begin(void) {
  const char *text = getenv("NIJA_CRASH_CALL");
  if (text) target = atol(text);
  tears = getenv("NIJA_CRASH_TEAR") != NULL;
  after = getenv("NIJA_CRASH_AFTER") != NULL;
  wanted = getenv("NIJA_CRASH_CLASS");
  record = getenv("NIJA_CRASH_RECORD");
  trace = getenv("NIJA_CRASH_TRACE");
}

// By system calls of its own: what is counted here is what the program does.
static void append(const char *path, const char *line) {
  long file = syscall(SYS_openat, AT_FDCWD, path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  if (file < 0) return;
  char text[64];
  int count = snprintf(text, sizeof text, "%s\n", line);
  syscall(SYS_write, file, text, count);
  syscall(SYS_close, file);
}

static int ends(const char *text, const char *end) {
  size_t length = strlen(text), tail = strlen(end);
  return length >= tail && strcmp(text + length - tail, end) == 0;
}

// The kind of file behind a path, by the names that the journal and the key's file give theirs.
static const char *kind(const char *path) {
  if (strncmp(path, "socket:", 7) == 0) return "socket";
  if (strstr(path, "/keys/key")) return "key file";
  if (ends(path, "-wal")) return "log";
  if (ends(path, "-shm")) return "index";
  if (ends(path, ".mark")) return "mark";
  if (strstr(path, ".seal")) return "seal";
  if (strstr(path, ".db.new")) return "next segment";
  if (ends(path, ".db")) return "database";
  if (ends(path, ".lock")) return "lock";
  if (ends(path, "-journal")) return "rollback";
  return "other";
}

static const char *kindOf(int file) {
  static __thread char path[4096];
  char link[40];
  snprintf(link, sizeof link, "/proc/self/fd/%d", file);
  ssize_t count = readlink(link, path, sizeof path - 1);
  if (count < 0) return "other";
  path[count] = 0;
  struct stat status;
  if (fstat(file, &status) == 0 && S_ISDIR(status.st_mode)) return "folder";
  return kind(path);
}

static __thread char class[64];

// Whether this call is the one.
static int isDue(const char *operation, const char *file) {
  snprintf(class, sizeof class, "%s %s", operation, file);
  if (trace) append(trace, class);
  if (wanted && strcmp(wanted, class) != 0) return 0;
  return atomic_fetch_add(&calls, 1) + 1 == target;
}

static void die(void) {
  if (record) append(record, class);
  kill(getpid(), SIGKILL);
  for (;;) pause();
}

// What a torn call leaves. Disks write a sector as a whole, and the journal relies on that for the log's header, whose
// tear could not be told from damage; the mark and the key's file check themselves and are torn anywhere.
static size_t torn(size_t count, const char *file) {
  int checksItself = strcmp(file, "mark") == 0 || strcmp(file, "key file") == 0 || strcmp(file, "socket") == 0;
  return checksItself ? count / 2 : count / 2 / 512 * 512;
}

#define NEXT(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

// A torn call has half of its bytes written.
#define TORN(declaration, operation, whole, part)          \
  declaration {                                            \
    const char *kind = kindOf(file);                       \
    int due = isDue(operation, kind);                      \
    size_t half = due && tears ? torn(count, kind) : 0;    \
    if (half > 0) (void)!(part);                           \
    if (due && (tears || !after)) die();                   \
    ssize_t result = whole;                         \
    if (due) die();                                 \
    return result;                                  \
  }
TORN(ssize_t pwrite(int file, const void *bytes, size_t count, off_t offset), "write",
     NEXT(pwrite)(file, bytes, count, offset), NEXT(pwrite)(file, bytes, half, offset))
TORN(ssize_t pwrite64(int file, const void *bytes, size_t count, off64_t offset), "write",
     NEXT(pwrite64)(file, bytes, count, offset), NEXT(pwrite64)(file, bytes, half, offset))
TORN(ssize_t send(int file, const void *bytes, size_t count, int flags), "send",
     NEXT(send)(file, bytes, count, flags), NEXT(send)(file, bytes, half, flags))

#define PLAIN(declaration, operation, file, call) \
  declaration {                                   \
    int due = isDue(operation, file);             \
    if (due && !after) die();                     \
    __typeof__(call) result = call;               \
    if (due) die();                               \
    return result;                                \
  }
PLAIN(int fsync(int file), "sync", kindOf(file), NEXT(fsync)(file))
PLAIN(int fdatasync(int file), "sync", kindOf(file), NEXT(fdatasync)(file))
PLAIN(int ftruncate(int file, off_t length), "cut", kindOf(file), NEXT(ftruncate)(file, length))
PLAIN(int ftruncate64(int file, off64_t length), "cut", kindOf(file), NEXT(ftruncate64)(file, length))
PLAIN(int posix_fallocate(int file, off_t offset, off_t length), "allocate", kindOf(file),
      NEXT(posix_fallocate)(file, offset, length))
PLAIN(int unlink(const char *path), "unlink", kind(path), NEXT(unlink)(path))
PLAIN(int rename(const char *from, const char *to), "rename", kind(from), NEXT(rename)(from, to))
PLAIN(int link(const char *from, const char *to), "link", kind(from), NEXT(link)(from, to))
PLAIN(ssize_t recv(int file, void *bytes, size_t count, int flags), "recv", kindOf(file),
      NEXT(recv)(file, bytes, count, flags))

// Plain writes of regular files only: those to pipes and to the tests' own sockets are not the program's.
ssize_t write(int file, const void *bytes, size_t count) {
  struct stat status;
  int isFile = fstat(file, &status) == 0 && S_ISREG(status.st_mode);
  int due = isFile && isDue("write", kindOf(file));
  if (due && !after) die();
  ssize_t result = NEXT(write)(file, bytes, count);
  if (due) die();
  return result;
}
