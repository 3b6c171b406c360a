import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { type Contender, startPinned, versionOf } from "#bench/contender.ts";

/** What the sensor is measured against: Debian's packages, one worker each, resumption off, no access log. */
export const nginx: Contender = {
  name: "nginx",
  version: () => versionOf("nginx", ["-v"], /nginx\/(\S+)/),
  start: ({ pki, folder, originPort, port }) => {
    const configuration = `
daemon off;
worker_processes 1;
pid ${folder}/nginx.pid;
error_log ${folder}/nginx.log crit;
events { worker_connections 4096; }
http {
  access_log off;
  client_body_temp_path ${folder}/nginx-body; proxy_temp_path ${folder}/nginx-proxy;
  fastcgi_temp_path ${folder}/nginx-fastcgi; uwsgi_temp_path ${folder}/nginx-uwsgi; scgi_temp_path ${folder}/nginx-scgi;
  keepalive_requests 1000000000;
  upstream origin { server 127.0.0.1:${originPort}; keepalive 256; keepalive_requests 1000000000; }
  server {
    listen 127.0.0.1:${port} ssl backlog=4096;
    server_name ${pki.hostName};
    ssl_certificate ${pki.siteCertificate}; ssl_certificate_key ${pki.siteKey};
    ssl_client_certificate ${pki.partnerAuthority}; ssl_verify_client on;
    ssl_protocols TLSv1.2 TLSv1.3; ssl_session_cache off; ssl_session_tickets off;
    client_max_body_size 0;
    location / {
      proxy_pass https://origin; proxy_http_version 1.1; proxy_set_header Connection ""; proxy_set_header Host $host;
      proxy_set_header X-Forwarded-For $remote_addr; proxy_set_header X-Forwarded-Proto https; proxy_set_header X-Request-Id $request_id;
      proxy_ssl_certificate ${pki.sensorCertificate}; proxy_ssl_certificate_key ${pki.sensorKey};
      proxy_ssl_trusted_certificate ${pki.originAuthority}; proxy_ssl_verify on; proxy_ssl_name ${pki.originName}; proxy_ssl_server_name on;
      proxy_request_buffering off; proxy_max_temp_file_size 0;
    }
  }
}`;
    return startPinned(["nginx", "-e", `${folder}/nginx.log`, "-p", folder, "-c", write(folder, "nginx.conf", configuration)], port);
  },
};

export const haproxy: Contender = {
  name: "HAProxy",
  version: () => versionOf("haproxy", ["-v"], /version (\S+)/),
  start: ({ pki, folder, originPort, port }) => {
    const configuration = `
global
  nbthread 1
  maxconn 8000
  tune.ssl.cachesize 0
defaults
  mode http
  timeout connect 5s
  timeout client 60s
  timeout server 60s
frontend bench
  bind 127.0.0.1:${port} backlog 4096 ssl crt ${pki.siteBundle} ca-file ${pki.partnerAuthority} verify required no-tls-tickets alpn http/1.1
  http-request set-header X-Forwarded-For %[src]
  http-request set-header X-Forwarded-Proto https
  default_backend origin
backend origin
  http-reuse always
  server origin 127.0.0.1:${originPort} ssl crt ${pki.sensorBundle} ca-file ${pki.originAuthority} verify required verifyhost ${pki.originName} sni str(${pki.originName})
`;
    return startPinned(["haproxy", "-db", "-f", write(folder, "haproxy.cfg", configuration)], port);
  },
};

export const caddy: Contender = {
  name: "Caddy",
  version: () => versionOf("caddy", ["version"], /v?(\S+)/),
  start: ({ pki, folder, originPort, port }) => {
    const configuration = `
{
  admin off
  auto_https off
  storage file_system ${folder}/caddy
  servers { 
    protocols h1
  }
}
https://${pki.hostName}:${port} {
  bind 127.0.0.1
  tls ${pki.siteCertificate} ${pki.siteKey} {
    client_auth {
      mode require_and_verify
      trusted_ca_cert_file ${pki.partnerAuthority}
    }
  }
  reverse_proxy https://127.0.0.1:${originPort} {
    transport http {
      tls_client_auth ${pki.sensorCertificate} ${pki.sensorKey}
      tls_trusted_ca_certs ${pki.originAuthority}
      tls_server_name ${pki.originName}
      keepalive_idle_conns_per_host 256
    }
  }
}`;
    const args = ["caddy", "run", "--adapter", "caddyfile", "--config", write(folder, "Caddyfile", configuration)];
    return startPinned(args, port, { GOMAXPROCS: "1", HOME: folder });
  },
};

function write(folder: string, name: string, text: string): string {
  const file = join(folder, name);
  writeFileSync(file, text);
  return file;
}
