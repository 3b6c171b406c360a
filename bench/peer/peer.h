#ifndef PEER_H
#define PEER_H

#include <openssl/ssl.h>
#include <stddef.h>
#include <stdint.h>

/* What both programs share: a TLS context with a client-verifying or client-showing side, and the command line. */

struct options {
  const char *host, *mode, *cert, *key, *ca, *tls, *path, *method;
  int port, connections;
  double seconds;
  size_t upload;
};

struct options read_options(int argc, char **argv);
SSL_CTX *create_context(const struct options *options, int is_server);
int listen_on(int port);
uint64_t now_us(void);
double cpu_seconds(void);
void fail(const char *what);

#endif
