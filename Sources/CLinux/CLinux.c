#define _GNU_SOURCE
#include "CLinux.h"

#include <sys/mman.h>

int nija_memfd_create(const char *name, unsigned int flags) {
  return memfd_create(name, flags);
}
