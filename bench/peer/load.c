/*
 * The load of the benchmarks: callers with a client certificate, each doing the same thing over and over.
 *   kept        one connection per caller, a request after the other
 *   handshakes  a connection with a whole handshake for each request
 * Tells on one line of JSON what was done and what CPU time the load itself has taken.
 */
#include "peer.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

enum { head_room = 16384, chunk = 65536, most_samples = 4000000 };

struct caller {
  int socket;
  SSL *tls;
  uint64_t began;
  size_t sent, upload_left, head_length, body_left;
  int is_head_read;
  char head[head_room];
};

static struct options options;
static SSL_CTX *context;
static int poller;
static char request[1024], filler[chunk];
static size_t request_length;
static uint64_t done, failed, bytes, deadline;
static uint32_t *samples;

static void dial(struct caller *caller) {
  struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(options.port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  int on = 1;
  caller->socket = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
  setsockopt(caller->socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  if (connect(caller->socket, (struct sockaddr *)&to, sizeof to) && errno != EINPROGRESS) fail("connect");
  caller->tls = SSL_new(context);
  SSL_set_fd(caller->tls, caller->socket);
  SSL_set_tlsext_host_name(caller->tls, options.host);
  SSL_set1_host(caller->tls, options.host);
  SSL_set_connect_state(caller->tls);
  struct epoll_event event = {.events = EPOLLIN | EPOLLOUT | EPOLLET | EPOLLRDHUP, .data.ptr = caller};
  epoll_ctl(poller, EPOLL_CTL_ADD, caller->socket, &event);
}

static void hang_up(struct caller *caller) {
  SSL_shutdown(caller->tls);
  SSL_free(caller->tls);
  close(caller->socket);
}

static void begin(struct caller *caller) {
  caller->began = now_us();
  caller->sent = caller->head_length = caller->body_left = 0;
  caller->upload_left = options.upload;
  caller->is_head_read = 0;
}

static void begin_anew(struct caller *caller) {
  hang_up(caller);
  begin(caller);
  dial(caller);
}

/* Counts an answer that is whole and goes on with the next one. */
static int finish(struct caller *caller) {
  if (done < most_samples) samples[done] = now_us() - caller->began;
  done++;
  if (strcmp(options.mode, "handshakes") == 0) begin_anew(caller);
  else begin(caller);
  return strcmp(options.mode, "handshakes") == 0 ? 0 : 1;
}

static int read_head(struct caller *caller, char *end) {
  char *length = strcasestr(caller->head, "\r\ncontent-length:");
  if (strncmp(caller->head, "HTTP/1.1 200", 12) != 0 || !length) return -1;
  size_t body = strtoull(length + 17, NULL, 10), rest = caller->head_length - (end + 4 - caller->head);
  if (rest > body) return -1;
  bytes += rest;
  caller->body_left = body - rest;
  caller->is_head_read = 1;
  return caller->body_left == 0 ? finish(caller) : 1;
}

/* 1: go on; 0: wait for the socket; -1: this caller has failed. */
static int step(struct caller *caller) {
  static char body[chunk];
  int moved;
  if (!SSL_is_init_finished(caller->tls)) {
    if ((moved = SSL_do_handshake(caller->tls)) == 1) return 1;
  } else if (caller->sent < request_length) {
    if ((moved = SSL_write(caller->tls, request + caller->sent, request_length - caller->sent)) > 0) return caller->sent += moved, 1;
  } else if (caller->upload_left > 0) {
    if ((moved = SSL_write(caller->tls, filler, caller->upload_left < chunk ? caller->upload_left : chunk)) > 0)
      return caller->upload_left -= moved, bytes += moved, 1;
  } else if (!caller->is_head_read) {
    if ((moved = SSL_read(caller->tls, caller->head + caller->head_length, head_room - 1 - caller->head_length)) > 0) {
      caller->head_length += moved;
      caller->head[caller->head_length] = 0;
      char *end = strstr(caller->head, "\r\n\r\n");
      return end ? read_head(caller, end) : 1;
    }
  } else if ((moved = SSL_read(caller->tls, body, caller->body_left < chunk ? caller->body_left : chunk)) > 0) {
    bytes += moved;
    caller->body_left -= moved;
    return caller->body_left == 0 ? finish(caller) : 1;
  }
  int error = SSL_get_error(caller->tls, moved);
  return error == SSL_ERROR_WANT_READ || error == SSL_ERROR_WANT_WRITE ? 0 : -1;
}

static int ascending(const void *one, const void *other) {
  uint32_t a = *(const uint32_t *)one, b = *(const uint32_t *)other;
  return a < b ? -1 : a > b;
}

static void tell(uint64_t began) {
  uint64_t count = done < most_samples ? done : most_samples;
  qsort(samples, count, sizeof *samples, ascending);
  double seconds = (now_us() - began) / 1e6;
  printf("{\"requests\":%llu,\"failed\":%llu,\"bytes\":%llu,\"seconds\":%.4f,\"cpuSeconds\":%.4f,\"p50Us\":%u,\"p99Us\":%u}\n", (unsigned long long)done,
         (unsigned long long)failed, (unsigned long long)bytes, seconds, cpu_seconds(), count ? samples[count / 2] : 0, count ? samples[count * 99 / 100] : 0);
}

int main(int argc, char **argv) {
  signal(SIGPIPE, SIG_IGN);
  options = read_options(argc, argv);
  context = create_context(&options, 0);
  poller = epoll_create1(0);
  samples = malloc(most_samples * sizeof *samples);
  memset(filler, 'x', sizeof filler);
  request_length = snprintf(request, sizeof request, "%s %s HTTP/1.1\r\nHost: %s\r\nContent-Length: %zu\r\n\r\n", options.method, options.path, options.host, options.upload);
  if (options.upload == 0) request_length = snprintf(request, sizeof request, "GET %s HTTP/1.1\r\nHost: %s\r\n\r\n", options.path, options.host);
  struct caller *callers = calloc(options.connections, sizeof *callers);
  uint64_t began = now_us();
  deadline = began + (uint64_t)(options.seconds * 1e6);
  for (int at = 0; at < options.connections; at++) begin(&callers[at]), dial(&callers[at]);
  for (struct epoll_event events[256]; now_us() < deadline;) {
    int count = epoll_wait(poller, events, 256, 50);
    for (int at = 0; at < count; at++) {
      struct caller *caller = events[at].data.ptr;
      int state;
      while ((state = step(caller)) == 1);
      if (state < 0) failed++, ERR_clear_error(), begin_anew(caller);
    }
    if (failed > 10000) break;
  }
  tell(began);
  return 0;
}
