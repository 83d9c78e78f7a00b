/* The floor: the least that a server on ngtcp2 and the same packet protection can do to send the same bytes to many
   connections.
   It accepts every connection, and sends each object of one track to all of them when it is due: on a new
   unidirectional stream per group, or as datagrams. No MoQT, no priorities, no cache; what a relay on the same
   libraries costs beyond this is its own.

     floor --port 4450 --size 20833 --rate 30 --group 60 [--datagrams]

   An object begins with the stamp that `cascade bench --floor` checks: sequence, due time (CLOCK_MONOTONIC),
   size, checksum; a pattern follows. Ends by SIGTERM. */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <gnutls/abstract.h>
#include <gnutls/crypto.h>
#include <gnutls/x509.h>
#include <netinet/in.h>
#include <netinet/udp.h>
#include <ngtcp2/ngtcp2.h>
#include <ngtcp2/ngtcp2_crypto.h>
#include <ngtcp2/ngtcp2_crypto_gnutls.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "cquic.h"

#define MAX_CONNECTIONS 4096
#define ID_LENGTH 8
#define TRAIN 65000
#define STAMP 24
#define PERIOD 251

static void die(const char *what) {
    fprintf(stderr, "floor: %s\n", what);
    exit(1);
}

static uint64_t now_ns(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

/* ---- the track: every connection sends the same bytes, which lie here once ---- */
static size_t size = 20833;
static double rate = 30;
static uint64_t group = 60;
static int datagrams;
static uint8_t *ring;        /* the newest `slots` objects */
static uint64_t slots, newest; /* objects 0 ..< newest exist */
static uint64_t start;

static uint8_t *object(uint64_t n) { return ring + (n % slots) * size; }
static uint64_t due(uint64_t n) { return start + (uint64_t)((double)n * 1e9 / rate); }

static void make_object(uint64_t n) {
    uint8_t *o = object(n);
    uint64_t when = due(n);
    uint32_t count = (uint32_t)size, sum;
    uint64_t mixed = ((n * 0x9E3779B97F4A7C15u) ^ when) ^ ((uint64_t)count << 32);
    mixed = (mixed ^ (mixed >> 29)) * 0xBF58476D1CE4E5B9u;
    sum = (uint32_t)(mixed ^ (mixed >> 32));
    memcpy(o, &n, 8);
    memcpy(o + 8, &when, 8);
    memcpy(o + 16, &count, 4);
    memcpy(o + 20, &sum, 4);
    for (size_t i = STAMP; i < size; i++) o[i] = (uint8_t)((n % PERIOD + i) % PERIOD);
}

/* ---- connections ---- */
typedef struct {
    ngtcp2_conn *conn;
    gnutls_session_t tls;
    ngtcp2_crypto_conn_ref ref;
    ngtcp2_cid original; /* what the client's first packets were addressed to */
    int64_t stream;      /* of the group that is being sent, or -1 */
    uint64_t next;       /* object */
    size_t offset;       /* bytes of it that have left */
    int established, dirty;
} client;

static client clients[MAX_CONNECTIONS];
static int client_count;
static int fd;
static struct sockaddr_in local;
static gnutls_certificate_credentials_t credentials;
static gnutls_priority_t priorities;
static uint8_t buffer[TRAIN + 65536], incoming[65536];

static ngtcp2_conn *get_conn(ngtcp2_crypto_conn_ref *ref) { return ((client *)ref->user_data)->conn; }

static void rand_cb(uint8_t *to, size_t n, const ngtcp2_rand_ctx *ctx) {
    (void)ctx;
    gnutls_rnd(GNUTLS_RND_NONCE, to, n);
}

/* Our connection IDs begin with the place in `clients`. */
static void make_id(ngtcp2_cid *id, client *c) {
    uint32_t place = (uint32_t)(c - clients);
    id->datalen = ID_LENGTH;
    memcpy(id->data, &place, 4);
    gnutls_rnd(GNUTLS_RND_NONCE, id->data + 4, ID_LENGTH - 4);
}

static int new_id_cb(ngtcp2_conn *conn, ngtcp2_cid *id, uint8_t *token, size_t n, void *user) {
    (void)conn;
    (void)n;
    make_id(id, ((ngtcp2_crypto_conn_ref *)user)->user_data);
    gnutls_rnd(GNUTLS_RND_NONCE, token, NGTCP2_STATELESS_RESET_TOKENLEN);
    return 0;
}

static int completed_cb(ngtcp2_conn *conn, void *user) {
    client *c = ((ngtcp2_crypto_conn_ref *)user)->user_data;
    (void)conn;
    c->established = 1;
    c->next = newest;
    return 0;
}

static client *accept_client(const ngtcp2_pkt_hd *header, const ngtcp2_path *path, uint64_t now) {
    if (client_count == MAX_CONNECTIONS) return NULL;
    client *c = &clients[client_count++];
    ngtcp2_callbacks callbacks = {
        .recv_client_initial = ngtcp2_crypto_recv_client_initial_cb,
        .recv_crypto_data = ngtcp2_crypto_recv_crypto_data_cb,
        .handshake_completed = completed_cb,
        .rand = rand_cb,
        .get_new_connection_id = new_id_cb,
        .get_path_challenge_data = ngtcp2_crypto_get_path_challenge_data_cb,
        .version_negotiation = ngtcp2_crypto_version_negotiation_cb,
    };
    cquic_protection_fill(&callbacks);
    ngtcp2_settings settings;
    ngtcp2_settings_default(&settings);
    settings.initial_ts = now;
    ngtcp2_transport_params params;
    ngtcp2_transport_params_default(&params);
    params.initial_max_data = 1 << 20;
    params.initial_max_streams_uni = 4;
    params.initial_max_stream_data_uni = 1 << 16;
    params.max_datagram_frame_size = 65535;
    params.max_idle_timeout = 30 * NGTCP2_SECONDS;
    params.original_dcid = header->dcid;
    params.original_dcid_present = 1;
    ngtcp2_cid id;
    make_id(&id, c);
    c->original = header->dcid;
    c->stream = -1;
    c->ref.get_conn = get_conn;
    c->ref.user_data = c;
    if (ngtcp2_conn_server_new(&c->conn, &header->scid, &id, path, header->version, &callbacks, &settings,
                               &params, NULL, &c->ref) != 0)
        die("cannot create a connection");
    gnutls_init(&c->tls, GNUTLS_SERVER | GNUTLS_NO_TICKETS);
    gnutls_priority_set(c->tls, priorities);
    gnutls_credentials_set(c->tls, GNUTLS_CRD_CERTIFICATE, credentials);
    ngtcp2_crypto_gnutls_configure_server_session(c->tls);
    cquic_protection_use(c->tls);
    gnutls_datum_t alpn = {(unsigned char *)"floor", 5};
    gnutls_alpn_set_protocols(c->tls, &alpn, 1, GNUTLS_ALPN_MANDATORY);
    gnutls_session_set_ptr(c->tls, &c->ref);
    ngtcp2_conn_set_tls_native_handle(c->conn, c->tls);
    return c;
}

static void drop(client *c) {
    ngtcp2_conn_del(c->conn);
    gnutls_deinit(c->tls);
    c->conn = NULL;
    c->established = 0;
}

/* ---- sending ---- */
static ngtcp2_ssize write_packet(ngtcp2_conn *conn, ngtcp2_path *path, ngtcp2_pkt_info *pi, uint8_t *dest,
                                 size_t room, ngtcp2_tstamp ts, void *user) {
    client *c = ((ngtcp2_crypto_conn_ref *)user)->user_data;
    while (c->established && c->next < newest) {
        ngtcp2_vec part = {object(c->next) + c->offset, size - c->offset};
        if (datagrams) {
            int accepted = 0;
            ngtcp2_ssize n = ngtcp2_conn_writev_datagram(conn, path, pi, dest, room, &accepted,
                                                         NGTCP2_WRITE_DATAGRAM_FLAG_MORE, 0, &part, 1, ts);
            if (accepted) c->next++;
            if (n != NGTCP2_ERR_WRITE_MORE) return n;
            continue;
        }
        if (c->stream < 0 && ngtcp2_conn_open_uni_stream(conn, &c->stream, NULL) != 0) {
            c->stream = -1;
            break;
        }
        int last = c->next % group == group - 1;
        ngtcp2_ssize taken = -1;
        ngtcp2_ssize n = ngtcp2_conn_writev_stream(
            conn, path, pi, dest, room, &taken,
            NGTCP2_WRITE_STREAM_FLAG_MORE | (last ? NGTCP2_WRITE_STREAM_FLAG_FIN : 0), c->stream, &part, 1, ts);
        if (taken >= 0) c->offset += (size_t)taken;
        if (c->offset == size) {
            c->offset = 0;
            c->next++;
            if (last) c->stream = -1;
        }
        if (n == NGTCP2_ERR_STREAM_DATA_BLOCKED) break;
        if (n != NGTCP2_ERR_WRITE_MORE) return n;
    }
    return ngtcp2_conn_writev_stream(conn, path, pi, dest, room, NULL, 0, -1, NULL, 0, ts);
}

static void send_train(const ngtcp2_path *path, const uint8_t *bytes, size_t count, size_t segment) {
    _Alignas(struct cmsghdr) char control[CMSG_SPACE(sizeof(uint16_t))];
    struct iovec part = {(void *)bytes, count};
    struct msghdr m = {.msg_name = path->remote.addr, .msg_namelen = path->remote.addrlen, .msg_iov = &part,
                       .msg_iovlen = 1};
    if (segment < count) {
        memset(control, 0, sizeof control);
        m.msg_control = control;
        m.msg_controllen = sizeof control;
        struct cmsghdr *c = CMSG_FIRSTHDR(&m);
        c->cmsg_level = SOL_UDP;
        c->cmsg_type = UDP_SEGMENT;
        c->cmsg_len = CMSG_LEN(sizeof(uint16_t));
        uint16_t value = (uint16_t)segment;
        memcpy(CMSG_DATA(c), &value, sizeof value);
    }
    while (sendmsg(fd, &m, MSG_NOSIGNAL) < 0 && errno == EINTR) {}
}

static void flush(client *c, uint64_t now) {
    c->dirty = 0;
    if (!c->conn) return;
    for (int trains = 0; trains < 4; trains++) {
        ngtcp2_path_storage path;
        ngtcp2_path_storage_zero(&path);
        ngtcp2_pkt_info pi;
        size_t segment = 0;
        ngtcp2_ssize n =
            ngtcp2_conn_write_aggregate_pkt2(c->conn, &path.path, &pi, buffer, TRAIN, &segment, write_packet, 0, now);
        if (n < 0) return drop(c);
        if (n == 0) return;
        send_train(&path.path, buffer, (size_t)n, segment);
    }
}

/* ---- receiving ---- */
static client *find(const uint8_t *packet, size_t count, const ngtcp2_path *path, uint64_t now) {
    ngtcp2_version_cid v;
    if (ngtcp2_pkt_decode_version_cid(&v, packet, count, ID_LENGTH) != 0) return NULL;
    if (v.dcidlen == ID_LENGTH) {
        uint32_t place;
        memcpy(&place, v.dcid, 4);
        if (place < (uint32_t)client_count && clients[place].conn) return &clients[place];
    }
    for (int i = client_count - 1; i >= 0 && i >= client_count - 256; i--)
        if (clients[i].conn && clients[i].original.datalen == v.dcidlen &&
            memcmp(clients[i].original.data, v.dcid, v.dcidlen) == 0)
            return &clients[i];
    ngtcp2_pkt_hd header;
    return ngtcp2_accept(&header, packet, count) == 0 ? accept_client(&header, path, now) : NULL;
}

static void receive(uint64_t now) {
    for (int batch = 0; batch < 64; batch++) {
        struct sockaddr_in remote;
        _Alignas(struct cmsghdr) char control[64];
        struct iovec part = {incoming, sizeof incoming};
        struct msghdr m = {.msg_name = &remote, .msg_namelen = sizeof remote, .msg_iov = &part, .msg_iovlen = 1,
                           .msg_control = control, .msg_controllen = sizeof control};
        ssize_t n = recvmsg(fd, &m, MSG_DONTWAIT);
        if (n <= 0) return;
        size_t segment = (size_t)n;
        for (struct cmsghdr *c = CMSG_FIRSTHDR(&m); c; c = CMSG_NXTHDR(&m, c))
            if (c->cmsg_level == SOL_UDP && c->cmsg_type == UDP_GRO) {
                int value;
                memcpy(&value, CMSG_DATA(c), sizeof value);
                segment = (size_t)value;
            }
        ngtcp2_path path = {{(struct sockaddr *)&local, sizeof local}, {(struct sockaddr *)&remote, sizeof remote},
                            NULL};
        for (size_t at = 0; at < (size_t)n; at += segment) {
            size_t count = (size_t)n - at < segment ? (size_t)n - at : segment;
            client *c = find(incoming + at, count, &path, now);
            if (!c) continue;
            ngtcp2_pkt_info pi = {0};
            if (ngtcp2_conn_read_pkt(c->conn, &path, &pi, incoming + at, count, now) != 0) drop(c);
            else if (!c->established || c->next < newest) c->dirty = 1; /* a bare ACK asks for no packet */
        }
    }
}

/* ---- a certificate for the run ---- */
static void make_certificate(void) {
    gnutls_x509_privkey_t key;
    gnutls_x509_crt_t cert;
    gnutls_x509_privkey_init(&key);
    gnutls_x509_crt_init(&cert);
    if (gnutls_x509_privkey_generate(key, GNUTLS_PK_ECDSA, GNUTLS_CURVE_TO_BITS(GNUTLS_ECC_CURVE_SECP256R1), 0) < 0)
        die("cannot make a key");
    gnutls_x509_crt_set_version(cert, 3);
    gnutls_x509_crt_set_serial(cert, "\x01", 1);
    gnutls_x509_crt_set_activation_time(cert, time(NULL) - 3600);
    gnutls_x509_crt_set_expiration_time(cert, time(NULL) + 86400);
    gnutls_x509_crt_set_dn_by_oid(cert, GNUTLS_OID_X520_COMMON_NAME, 0, "floor", 5);
    gnutls_x509_crt_set_key(cert, key);
    if (gnutls_x509_crt_sign2(cert, cert, key, GNUTLS_DIG_SHA256, 0) < 0) die("cannot sign a certificate");
    gnutls_certificate_allocate_credentials(&credentials);
    if (gnutls_certificate_set_x509_key(credentials, &cert, 1, key) < 0) die("cannot use the certificate");
    if (gnutls_priority_init2(&priorities, "NORMAL:-VERS-ALL:+VERS-TLS1.3:-CIPHER-ALL:+AES-128-GCM", NULL, 0) < 0)
        die("no such ciphers");
}

static void options(int argc, char **argv, int *port) {
    for (int i = 1; i < argc; i++) {
        const char *value = i + 1 < argc ? argv[i + 1] : "";
        if (!strcmp(argv[i], "--datagrams")) {
            datagrams = 1;
            continue;
        }
        if (!strcmp(argv[i], "--port")) *port = atoi(value);
        else if (!strcmp(argv[i], "--size")) size = strtoul(value, NULL, 10);
        else if (!strcmp(argv[i], "--rate")) rate = atof(value);
        else if (!strcmp(argv[i], "--group")) group = strtoull(value, NULL, 10);
        else die("usage: floor --port N --size BYTES --rate N --group N [--datagrams]");
        i++;
    }
    if (size < STAMP || size > 16u << 20 || rate <= 0 || group < 1) die("that makes no sense");
}

int main(int argc, char **argv) {
    int port = 4450, on = 1, room = 4 << 20, mtu = IP_PMTUDISC_PROBE;
    options(argc, argv, &port);
    make_certificate();
    fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &room, sizeof room);
    setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &room, sizeof room);
    setsockopt(fd, SOL_UDP, UDP_GRO, &on, sizeof on);
    setsockopt(fd, IPPROTO_IP, IP_MTU_DISCOVER, &mtu, sizeof mtu);
    local = (struct sockaddr_in){.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    local.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t length = sizeof local;
    if (bind(fd, (struct sockaddr *)&local, sizeof local) != 0) die("cannot bind");
    getsockname(fd, (struct sockaddr *)&local, &length);
    /* Long enough that nothing unacknowledged is overwritten: four seconds, or 64 MB. */
    slots = (uint64_t)(rate * 4) + group;
    if (slots * size < 64u << 20) slots = (64u << 20) / size;
    if (!(ring = malloc(slots * size))) die("no memory");
    start = now_ns();
    printf("floor ready port=%d ngtcp2=%s gnutls=%s\n", ntohs(local.sin_port), ngtcp2_version(0)->version_str,
           gnutls_check_version(NULL));
    fflush(stdout);
    uint64_t timers = 0;
    for (;;) {
        uint64_t now = now_ns(), wake = due(newest);
        if (timers < wake) wake = timers;
        struct timespec wait = {0};
        if (wake > now) wait = (struct timespec){(time_t)((wake - now) / 1000000000u), (long)((wake - now) % 1000000000u)};
        struct pollfd p = {fd, POLLIN, 0};
        int ready = ppoll(&p, 1, &wait, NULL);
        now = now_ns();
        if (ready > 0) receive(now);
        int fresh = 0;
        while (due(newest) <= now) {
            make_object(newest++);
            fresh = 1;
        }
        /* Timers are looked at once a millisecond: that is fine enough for loss and idle timeouts. */
        int look = now >= timers;
        if (look) timers = now + 1000000;
        for (int i = 0; i < client_count; i++) {
            client *c = &clients[i];
            if (!c->conn) continue;
            if (look && ngtcp2_conn_get_expiry(c->conn) <= now) {
                if (ngtcp2_conn_handle_expiry(c->conn, now) != 0) {
                    drop(c);
                    continue;
                }
                c->dirty = 1;
            }
            if (c->dirty || fresh) flush(c, now);
        }
    }
}
