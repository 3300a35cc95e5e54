#define _GNU_SOURCE
#include "CLinux.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

// Numbers of <linux/landlock.h>, which is older than the kernel on some machines that build this.
#define FS_EXECUTE (1ULL << 0)
#define FS_WRITE_FILE (1ULL << 1)
#define FS_READ_FILE (1ULL << 2)
#define FS_READ_DIR (1ULL << 3)
#define FS_REMOVE_FILE (1ULL << 5)
#define FS_MAKE_REG (1ULL << 8)
#define FS_REFER (1ULL << 13)
#define FS_TRUNCATE (1ULL << 14)
#define FS_FIRST_ABI ((1ULL << 13) - 1)
#define NET_BIND_TCP (1ULL << 0)
#define NET_CONNECT_TCP (1ULL << 1)
#define RULE_PATH_BENEATH 1
#define RULE_NET_PORT 2
#define CREATE_RULESET_VERSION 1

#ifndef SYS_landlock_create_ruleset
#define SYS_landlock_create_ruleset 444
#define SYS_landlock_add_rule 445
#define SYS_landlock_restrict_self 446
#endif

struct ruleset { uint64_t handled_access_fs, handled_access_net; };
struct path_beneath { uint64_t allowed_access; int32_t parent_fd; } __attribute__((packed));
struct net_port { uint64_t allowed_access, port; };

int nija_forbid_privileges_and_dumps(void) {
  struct rlimit none = {0, 0};
  if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) return -1;
  if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0) return -1;
  return setrlimit(RLIMIT_CORE, &none);
}

int nija_limit_process(unsigned long long address_space, unsigned long long descriptors) {
  struct rlimit memory = {address_space, address_space};
  struct rlimit files = {descriptors, descriptors};
  if (setrlimit(RLIMIT_AS, &memory) != 0) return -1;
  return setrlimit(RLIMIT_NOFILE, &files);
}

int nija_landlock_abi(void) {
  long abi = syscall(SYS_landlock_create_ruleset, NULL, 0, CREATE_RULESET_VERSION);
  return abi < 0 ? -1 : (int)abi;
}

int nija_landlock_create(int abi) {
  struct ruleset rules = {FS_FIRST_ABI, 0};
  if (abi >= 2) rules.handled_access_fs |= FS_REFER;
  if (abi >= 3) rules.handled_access_fs |= FS_TRUNCATE;
  if (abi >= 4) rules.handled_access_net = NET_BIND_TCP | NET_CONNECT_TCP;
  size_t size = abi >= 4 ? sizeof rules : sizeof rules.handled_access_fs;
  return (int)syscall(SYS_landlock_create_ruleset, &rules, size, 0);
}

int nija_landlock_allow_path(int ruleset, int abi, const char *path, int writable) {
  int fd = open(path, O_PATH | O_CLOEXEC);
  if (fd < 0) return -1;
  struct stat status;
  if (fstat(fd, &status) != 0) { close(fd); return -1; }
  uint64_t access = FS_READ_FILE;
  if (writable) access |= FS_WRITE_FILE | (abi >= 3 ? FS_TRUNCATE : 0);
  if (S_ISDIR(status.st_mode)) {
    access |= FS_READ_DIR;
    if (writable) access |= FS_MAKE_REG | FS_REMOVE_FILE;
  }
  struct path_beneath rule = {access, fd};
  long result = syscall(SYS_landlock_add_rule, ruleset, RULE_PATH_BENEATH, &rule, 0);
  int error = errno;
  close(fd);
  errno = error;
  return (int)result;
}

int nija_landlock_allow_connect(int ruleset, int abi, unsigned short port) {
  if (abi < 4) return 0;
  struct net_port rule = {NET_CONNECT_TCP, port};
  return (int)syscall(SYS_landlock_add_rule, ruleset, RULE_NET_PORT, &rule, 0);
}

int nija_landlock_restrict(int ruleset) {
  return (int)syscall(SYS_landlock_restrict_self, ruleset, 0);
}
