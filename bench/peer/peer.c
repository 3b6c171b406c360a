#include "peer.h"

#include <arpa/inet.h>
#include <getopt.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

struct options read_options(int argc, char **argv) {
  static const struct option names[] = {
      {"host", 1, 0, 'h'}, {"port", 1, 0, 'p'},   {"mode", 1, 0, 'm'},    {"cert", 1, 0, 'c'}, {"key", 1, 0, 'k'},
      {"ca", 1, 0, 'a'},   {"tls", 1, 0, 't'},    {"path", 1, 0, 'u'},    {"connections", 1, 0, 'n'},
      {"seconds", 1, 0, 's'}, {"upload", 1, 0, 'b'}, {0, 0, 0, 0}};
  struct options options = {.host = "bench.test", .mode = "kept", .tls = "1.3", .path = "/1024", .method = "GET", .connections = 1, .seconds = 1};
  for (int option; (option = getopt_long(argc, argv, "", names, NULL)) != -1;) {
    if (option == 'h') options.host = optarg;
    else if (option == 'p') options.port = atoi(optarg);
    else if (option == 'm') options.mode = optarg;
    else if (option == 'c') options.cert = optarg;
    else if (option == 'k') options.key = optarg;
    else if (option == 'a') options.ca = optarg;
    else if (option == 't') options.tls = optarg;
    else if (option == 'u') options.path = optarg;
    else if (option == 'n') options.connections = atoi(optarg);
    else if (option == 's') options.seconds = atof(optarg);
    else if (option == 'b') options.upload = strtoull(optarg, NULL, 10);
    else exit(2);
  }
  if (options.upload > 0) options.method = "PUT";
  return options;
}

/* Resumption is off on both sides: a handshake is a whole one each time. */
SSL_CTX *create_context(const struct options *options, int is_server) {
  SSL_CTX *context = SSL_CTX_new(is_server ? TLS_server_method() : TLS_client_method());
  SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
  SSL_CTX_set_options(context, SSL_OP_NO_TICKET);
  if (is_server) SSL_CTX_set_num_tickets(context, 0);
  int version = strcmp(options->tls, "1.2") == 0 ? TLS1_2_VERSION : TLS1_3_VERSION;
  if (!is_server) {
    SSL_CTX_set_min_proto_version(context, version);
    SSL_CTX_set_max_proto_version(context, version);
  }
  SSL_CTX_set_mode(context, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER | SSL_MODE_RELEASE_BUFFERS);
  if (SSL_CTX_use_certificate_chain_file(context, options->cert) != 1) fail("certificate");
  if (SSL_CTX_use_PrivateKey_file(context, options->key, SSL_FILETYPE_PEM) != 1) fail("key");
  if (SSL_CTX_load_verify_locations(context, options->ca, NULL) != 1) fail("ca");
  SSL_CTX_set_verify(context, SSL_VERIFY_PEER | (is_server ? SSL_VERIFY_FAIL_IF_NO_PEER_CERT : 0), NULL);
  return context;
}

int listen_on(int port) {
  int server = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0), on = 1;
  setsockopt(server, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  if (bind(server, (struct sockaddr *)&address, sizeof address) || listen(server, 4096)) fail("listen");
  socklen_t length = sizeof address;
  getsockname(server, (struct sockaddr *)&address, &length);
  printf("%d\n", ntohs(address.sin_port));
  fflush(stdout);
  return server;
}

uint64_t now_us(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return (uint64_t)time.tv_sec * 1000000 + time.tv_nsec / 1000;
}

double cpu_seconds(void) {
  struct rusage usage;
  getrusage(RUSAGE_SELF, &usage);
  return usage.ru_utime.tv_sec + usage.ru_stime.tv_sec + (usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6;
}

void fail(const char *what) {
  perror(what);
  ERR_print_errors_fp(stderr);
  exit(1);
}
