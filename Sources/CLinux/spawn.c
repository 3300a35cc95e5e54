#define _GNU_SOURCE
#include "CLinux.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { most_descriptors = 16, copies_above = 64 };

// The descriptors are copied out of the way first, since one that stands where another is to go would be lost.
static int add_descriptors(posix_spawn_file_actions_t *actions, const int *copies, int count) {
  for (int i = 0; i < count; i++) {
    int error = posix_spawn_file_actions_adddup2(actions, copies[i], i);
    if (error) return error;
  }
  return posix_spawn_file_actions_addclosefrom_np(actions, count);
}

static int set_attributes(posix_spawnattr_t *attributes) {
  sigset_t none, all;
  sigemptyset(&none);
  sigfillset(&all);
  int error = posix_spawnattr_setsigmask(attributes, &none);
  if (!error) error = posix_spawnattr_setsigdefault(attributes, &all);
  if (!error) error = posix_spawnattr_setpgroup(attributes, 0);
  if (!error)
    error = posix_spawnattr_setflags(
        attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP);
  return error;
}

static int spawn(const char *path, char *const *arguments, char *const *environment, const int *copies, int count,
                 int *process) {
  posix_spawn_file_actions_t actions;
  posix_spawnattr_t attributes;
  int error = posix_spawn_file_actions_init(&actions);
  if (error) return error;
  error = posix_spawnattr_init(&attributes);
  if (!error) {
    error = add_descriptors(&actions, copies, count);
    if (!error) error = set_attributes(&attributes);
    pid_t child = 0;
    if (!error) error = posix_spawn(&child, path, &actions, &attributes, arguments, environment);
    if (!error) *process = child;
    posix_spawnattr_destroy(&attributes);
  }
  posix_spawn_file_actions_destroy(&actions);
  return error;
}

int nija_spawn(const char *path, char *const *arguments, char *const *environment, const int *descriptors, int count,
               int *process) {
  int copies[most_descriptors];
  int made = 0, error = 0;
  if (count < 0 || count > most_descriptors) return EINVAL;
  for (; made < count; made++) {
    copies[made] = fcntl(descriptors[made], F_DUPFD_CLOEXEC, copies_above);
    if (copies[made] < 0) {
      error = errno;
      break;
    }
  }
  if (!error) error = spawn(path, arguments, environment, copies, count, process);
  for (int i = 0; i < made; i++) close(copies[i]);
  return error;
}

int nija_pipe(int *ends) { return pipe2(ends, O_CLOEXEC); }
