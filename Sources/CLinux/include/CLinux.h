// What Glibc's Swift overlay lacks. Plain prototypes only: a glibc header included here under
// _GNU_SOURCE would clash with every file that also imports Glibc.
#pragma once

/// memfd_create(2): an anonymous file; returns a descriptor or -1 with errno set.
int nija_memfd_create(const char *name, unsigned int flags);

// MARK: lock-in (lockin.c). Each returns -1 with errno set on failure. They bind the calling thread and the threads it
// starts afterwards, so they are called before there is any other.

/// No new privileges, no core, not dumpable: no other process of this user may read the memory.
int nija_forbid_privileges_and_dumps(void);
/// Hard limits on address space (bytes) and descriptors.
int nija_limit_process(unsigned long long address_space, unsigned long long descriptors);
/// The kernel's Landlock version, or -1 where it has none.
int nija_landlock_abi(void);
/// A rule set that forbids all file access and, from version 4 on, all TCP; returns its descriptor.
int nija_landlock_create(int abi);
/// Allows reading below `path` (a file or a directory), and writing too.
int nija_landlock_allow_path(int ruleset, int abi, const char *path, int writable);
/// Allows connecting to a TCP port, where the version can tell ports apart.
int nija_landlock_allow_connect(int ruleset, int abi, unsigned short port);
/// Puts the rules in force for ever.
int nija_landlock_restrict(int ruleset);

/// Starts a program: `descriptors[i]` becomes its descriptor i, every other one is closed. It gets its own process
/// group, no blocked signal and every signal's default. Returns 0 and the process's id, or an errno.
int nija_spawn(const char *path, char *const *arguments, char *const *environment, const int *descriptors, int count,
               int *process);

/// pipe2(2) with `O_CLOEXEC`: the read end, then the write end; returns 0, or -1 with errno set.
int nija_pipe(int *ends);

// MARK: programs of plugins (program.c)

/// An anonymous file that may be run and sealed; returns a descriptor or -1 with errno set.
int nija_program_file(const char *name);
/// Nobody can change the file's bytes from now on; returns 0, or -1 with errno set.
int nija_seal(int descriptor);
/// Whether a child has ended and is not buried yet: 1, 0, or -1 with errno set. Its number is its own until it is.
int nija_has_ended(int process);
/// No core file of a process, whatever ends it; returns 0, or -1 with errno set.
int nija_forbid_cores(int process);

/// Starts a detached thread that takes no signal; returns 0 or an errno.
int nija_start_thread(void *(*body)(void *), void *argument, unsigned long stack);
