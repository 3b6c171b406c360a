/*
 * The origin of the benchmarks: TLS that demands a client certificate, HTTP/1.1 with kept connections.
 * GET /N answers N bytes; a body is read to its end and counted. Only what the contenders send is understood.
 */
#include "peer.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

enum { head_room = 16384, chunk = 65536 };

struct caller {
  int socket;
  SSL *tls;
  char head[head_room];
  size_t head_length, body_left, answer_left;
  char line[160];
  size_t line_length, line_sent;
};

static char filler[chunk];
static int poller;

static void hang_up(struct caller *caller) {
  SSL_free(caller->tls);
  close(caller->socket);
  free(caller);
}

static void begin_answer(struct caller *caller, size_t size) {
  caller->line_length = snprintf(caller->line, sizeof caller->line, "HTTP/1.1 200 OK\r\nContent-Type: application/octet-stream\r\nContent-Length: %zu\r\n\r\n", size);
  caller->line_sent = 0;
  caller->answer_left = size;
}

/* Takes a whole head out of the buffer; what follows belongs to the body. */
static void read_head(struct caller *caller, char *end) {
  *end = 0;
  size_t length = 0;
  for (char *line = caller->head; (line = strchr(line, '\n')) != NULL;)
    if (strncasecmp(++line, "content-length:", 15) == 0) length = strtoull(line + 15, NULL, 10);
  char *path = strchr(caller->head, ' ');
  size_t size = path && path[1] == '/' ? strtoull(path + 2, NULL, 10) : 0;
  size_t rest = caller->head_length - (end + 4 - caller->head);
  size_t taken = rest < length ? rest : length;
  caller->body_left = length - taken;
  caller->head_length = 0;
  begin_answer(caller, size);
}

static int would_block(struct caller *caller, int result) {
  int error = SSL_get_error(caller->tls, result);
  return error == SSL_ERROR_WANT_READ || error == SSL_ERROR_WANT_WRITE;
}

/* 1: go on; 0: wait for the socket; -1: it is over. */
static int step(struct caller *caller) {
  static char body[chunk];
  int done;
  if (!SSL_is_init_finished(caller->tls)) {
    if ((done = SSL_do_handshake(caller->tls)) == 1) return 1;
  } else if (caller->body_left > 0) {
    if ((done = SSL_read(caller->tls, body, caller->body_left < chunk ? caller->body_left : chunk)) > 0) {
      caller->body_left -= done;
      return 1;
    }
  } else if (caller->line_sent < caller->line_length) {
    /* Head and a small body in one record, as servers do. */
    static char first[chunk];
    size_t left = caller->line_length - caller->line_sent, extra = caller->answer_left < 8192 ? caller->answer_left : 0;
    memcpy(first, caller->line + caller->line_sent, left);
    memcpy(first + left, filler, extra);
    if ((done = SSL_write(caller->tls, first, left + extra)) > 0) {
      size_t of_line = (size_t)done < left ? (size_t)done : left;
      caller->line_sent += of_line;
      caller->answer_left -= done - of_line;
      return 1;
    }
  } else if (caller->answer_left > 0) {
    if ((done = SSL_write(caller->tls, filler, caller->answer_left < chunk ? caller->answer_left : chunk)) > 0) {
      caller->answer_left -= done;
      return 1;
    }
  } else {
    if ((done = SSL_read(caller->tls, caller->head + caller->head_length, head_room - 1 - caller->head_length)) > 0) {
      caller->head_length += done;
      caller->head[caller->head_length] = 0;
      char *end = strstr(caller->head, "\r\n\r\n");
      if (end) read_head(caller, end);
      return 1;
    }
  }
  return would_block(caller, done) ? 0 : -1;
}

static void greet(int server, SSL_CTX *context) {
  for (int socket; (socket = accept4(server, NULL, NULL, SOCK_NONBLOCK)) >= 0;) {
    int on = 1;
    setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    struct caller *caller = calloc(1, sizeof *caller);
    caller->socket = socket;
    caller->tls = SSL_new(context);
    SSL_set_fd(caller->tls, socket);
    SSL_set_accept_state(caller->tls);
    struct epoll_event event = {.events = EPOLLIN | EPOLLOUT | EPOLLET | EPOLLRDHUP, .data.ptr = caller};
    epoll_ctl(poller, EPOLL_CTL_ADD, socket, &event);
  }
}

int main(int argc, char **argv) {
  signal(SIGPIPE, SIG_IGN);
  struct options options = read_options(argc, argv);
  SSL_CTX *context = create_context(&options, 1);
  memset(filler, 'x', sizeof filler);
  int server = listen_on(options.port);
  poller = epoll_create1(0);
  struct epoll_event wanted = {.events = EPOLLIN, .data.ptr = NULL};
  epoll_ctl(poller, EPOLL_CTL_ADD, server, &wanted);
  for (struct epoll_event events[256];;) {
    int count = epoll_wait(poller, events, 256, -1);
    for (int at = 0; at < count; at++) {
      struct caller *caller = events[at].data.ptr;
      if (!caller) {
        greet(server, context);
        continue;
      }
      int state;
      while ((state = step(caller)) == 1);
      /* OpenSSL keeps errors by thread: one connection's end would be taken for the next one's. */
      if (state < 0) ERR_clear_error(), hang_up(caller), ERR_clear_error();
    }
  }
}
