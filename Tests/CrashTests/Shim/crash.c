// Preloaded into the process under test: counts its writes, syncs and sends, and ends it at the one it was told.
//
// NIJA_CRASH_CALL=n   dies before the nth call takes effect (SIGKILL: nothing is flushed, no handler runs)
// NIJA_CRASH_TEAR=1   writes half of what that call should write first
// NIJA_CRASH_AFTER=1  dies after the call has taken effect
// NIJA_CRASH_COUNT=f  writes the number of calls to the file f when the process ends by itself
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

static atomic_long calls;
static long target = -1;
static int tears, after;

__attribute__((constructor)) static void begin(void) {
  const char *text = getenv("NIJA_CRASH_CALL");
  if (text) target = atol(text);
  tears = getenv("NIJA_CRASH_TEAR") != NULL;
  after = getenv("NIJA_CRASH_AFTER") != NULL;
}

__attribute__((destructor)) static void end(void) {
  const char *path = getenv("NIJA_CRASH_COUNT");
  if (!path) return;
  FILE *file = fopen(path, "w");
  if (!file) return;
  fprintf(file, "%ld\n", atomic_load(&calls));
  fclose(file);
}

static int isDue(void) { return atomic_fetch_add(&calls, 1) + 1 == target; }
static void die(void) {
  kill(getpid(), SIGKILL);
  for (;;) pause();
}

#define NEXT(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

#define WRITER(name, offset_type)                                                  \
  ssize_t name(int fd, const void *bytes, size_t count, offset_type offset) {      \
    int due = isDue();                                                             \
    if (due && tears && count > 1) NEXT(name)(fd, bytes, count / 2, offset);       \
    if (due && !after) die();                                                      \
    ssize_t result = NEXT(name)(fd, bytes, count, offset);                         \
    if (due) die();                                                                \
    return result;                                                                 \
  }
WRITER(pwrite, off_t)
WRITER(pwrite64, off64_t)

#define PLAIN(declaration, call)        \
  declaration {                         \
    int due = isDue();                  \
    if (due && !after) die();           \
    __typeof__(call) result = call;     \
    if (due) die();                     \
    return result;                      \
  }
PLAIN(int fsync(int fd), NEXT(fsync)(fd))
PLAIN(int fdatasync(int fd), NEXT(fdatasync)(fd))
PLAIN(int ftruncate(int fd, off_t length), NEXT(ftruncate)(fd, length))
PLAIN(int ftruncate64(int fd, off64_t length), NEXT(ftruncate64)(fd, length))
PLAIN(int unlink(const char *path), NEXT(unlink)(path))
PLAIN(int rename(const char *from, const char *to), NEXT(rename)(from, to))
PLAIN(int link(const char *from, const char *to), NEXT(link)(from, to))
PLAIN(ssize_t send(int fd, const void *bytes, size_t count, int flags), NEXT(send)(fd, bytes, count, flags))
PLAIN(ssize_t recv(int fd, void *bytes, size_t count, int flags), NEXT(recv)(fd, bytes, count, flags))
