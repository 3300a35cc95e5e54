// The cheapest venue there can be: answers every request on loopback with one canned AddOrder success. Prints its port.
// Serves until its standard input ends.
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#define MAX_CONNECTIONS 1024

static const char body[] =
    "{\"error\":[],\"result\":{\"descr\":{\"order\":\"buy 0.10000000 XBTUSD @ limit 30000.0\"},"
    "\"txid\":[\"OU22CG-KLAF2-FWUDD7\"]}}";

struct connection { char in[16384]; size_t used; };
static struct connection *connections[MAX_CONNECTIONS];

static void drop(int fd) { free(connections[fd]); connections[fd] = NULL; close(fd); }

// Consumes whole requests from the front of the buffer and answers each.
static int answer(int fd, struct connection *c) {
  char out[512];
  int length = snprintf(out, sizeof out,
                        "HTTP/1.1 200 OK\r\nContent-Type: application/json; charset=utf-8\r\nContent-Length: %zu\r\n\r\n%s",
                        strlen(body), body);
  for (;;) {
    char *end = memmem(c->in, c->used, "\r\n\r\n", 4);
    if (!end) return 0;
    size_t head = (size_t)(end - c->in) + 4, content = 0;
    for (char *p = c->in; p < end; p = memchr(p, '\n', (size_t)(end + 2 - p)) + 1)
      if (!strncasecmp(p, "content-length:", 15)) content = strtoul(p + 15, NULL, 10);
    if (c->used < head + content) return 0;
    if (write(fd, out, (size_t)length) != length) return -1;
    c->used -= head + content;
    memmove(c->in, c->in + head + content, c->used);
  }
}

int main(void) {
  int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), one = 1, poll = epoll_create1(EPOLL_CLOEXEC);
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  socklen_t size = sizeof address;
  if (bind(listener, (struct sockaddr *)&address, size) || listen(listener, 128)) return perror("listen"), 1;
  getsockname(listener, (struct sockaddr *)&address, &size);
  printf("%d\n", ntohs(address.sin_port));
  fflush(stdout);
  struct epoll_event event = {.events = EPOLLIN, .data.fd = listener};
  epoll_ctl(poll, EPOLL_CTL_ADD, listener, &event);
  event.data.fd = 0;
  epoll_ctl(poll, EPOLL_CTL_ADD, 0, &event);
  for (;;) {
    struct epoll_event events[64];
    int count = epoll_wait(poll, events, 64, -1);
    for (int i = 0; i < count; i++) {
      int fd = events[i].data.fd;
      if (fd == 0) return 0;
      if (fd == listener) {
        int client = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
        if (client < 0) continue;
        if (client >= MAX_CONNECTIONS) { close(client); continue; }
        setsockopt(client, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
        connections[client] = calloc(1, sizeof(struct connection));
        event.data.fd = client;
        epoll_ctl(poll, EPOLL_CTL_ADD, client, &event);
        continue;
      }
      struct connection *c = connections[fd];
      ssize_t got = read(fd, c->in + c->used, sizeof c->in - c->used);
      if (got <= 0) { drop(fd); continue; }
      c->used += (size_t)got;
      if (answer(fd, c) || c->used == sizeof c->in) drop(fd);
    }
  }
}
