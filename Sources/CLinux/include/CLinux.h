// What Glibc's Swift overlay lacks. Plain prototypes only: a glibc header included here under
// _GNU_SOURCE would clash with every file that also imports Glibc.
#pragma once

/// memfd_create(2): an anonymous file; returns a descriptor or -1 with errno set.
int nija_memfd_create(const char *name, unsigned int flags);
