#pragma once
/* What Swift cannot import: epoll, cmsg, GSO/GRO, recvmmsg, the error queue. No policy: every function is
   one system call with its arguments packed and its answer unpacked. Errors come back as -errno. */
#include <netinet/in.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>
#include <sys/types.h>

/* ---- event loop ---- */
#define CQUIC_READABLE 1u
#define CQUIC_WRITABLE 2u
#define CQUIC_FAILED 4u

typedef struct cquic_event {
    uint64_t token;
    uint32_t flags;
    uint32_t reserved;
} cquic_event;

int cquic_epoll_create(void);
int cquic_eventfd_create(void);
int cquic_epoll_add(int epoll_fd, int fd, uint32_t flags, uint64_t token);
int cquic_epoll_modify(int epoll_fd, int fd, uint32_t flags, uint64_t token);
int cquic_epoll_remove(int epoll_fd, int fd);
/* timeout_ns < 0 waits for ever; at most 64 events per call. */
int cquic_epoll_wait(int epoll_fd, cquic_event *events, int capacity, int64_t timeout_ns);
int cquic_eventfd_signal(int fd);
int cquic_eventfd_clear(int fd);
uint64_t cquic_monotonic_ns(void);
void cquic_name_thread(const char *name);
/* Runs `body` on a detached thread; 0 or -errno. */
int cquic_start_thread(void (*body)(void *), void *argument);
void cquic_random(void *destination, size_t count);

/* ---- UDP ---- */
typedef union cquic_address {
    struct sockaddr any;
    struct sockaddr_in v4;
    struct sockaddr_in6 v6;
} cquic_address;

/* A bound non-blocking UDP socket with ECN and destination address reporting, path MTU discovery by the
   kernel off (the DF bit set), and dual stack for IPv6. */
int cquic_udp_open(const cquic_address *bind_to, int reuse_port, int receive_buffer, int send_buffer);
int cquic_udp_local_address(int fd, cquic_address *address);
int cquic_udp_enable_gro(int fd);
int cquic_udp_enable_error_queue(int fd);
/* Whether the kernel knows UDP_SEGMENT at all. */
int cquic_udp_probe_gso(int fd);
/* Makes a group of SO_REUSEPORT sockets steer by the first byte of the destination connection ID modulo
   `shards`: the result counts the sockets in the order in which they were bound. Once per group. */
int cquic_udp_steer_by_connection_id(int fd, uint32_t shards);
/* Reads one entry of the error queue: 1 and the destination that failed, 0 when empty, -errno. */
int cquic_udp_next_error(int fd, cquic_address *destination, int *error);
/* The local address that the kernel would use to reach `remote`. */
int cquic_udp_source_for(const cquic_address *remote, cquic_address *local);

typedef struct cquic_received {
    uint8_t *bytes;
    uint32_t count;
    /* Size of each datagram in `bytes` but the last; `count` when there is only one. */
    uint32_t segment;
    cquic_address remote;
    /* Only the address is filled in, not the port; family 0 when unknown. */
    cquic_address local;
    uint8_t ecn;
    uint8_t truncated;
} cquic_received;

#define CQUIC_RECEIVE_BATCH 16
/* Receives up to `capacity` (at most CQUIC_RECEIVE_BATCH) messages into buffers of `buffer_size` bytes that
   lie one after the other at `buffers`. The number received, or -errno. */
int cquic_udp_receive(int fd, cquic_received *messages, int capacity, uint8_t *buffers, size_t buffer_size);

/* Sends `count` bytes as datagrams of `segment` bytes each (0 or >= count: one datagram). `local` may be
   NULL or have family 0. The number of bytes sent or -errno. */
ssize_t cquic_udp_send(int fd, const uint8_t *bytes, size_t count, size_t segment, const cquic_address *remote,
                       const cquic_address *local, uint8_t ecn);

static inline socklen_t cquic_address_length(const cquic_address *address) {
    return address->any.sa_family == AF_INET6 ? (socklen_t)sizeof(struct sockaddr_in6)
                                              : (socklen_t)sizeof(struct sockaddr_in);
}

/* ---- frames ---- */
typedef struct cquic_stop_note {
    uint64_t stream;
    uint64_t code;
} cquic_stop_note;

/* Remembers, per thread, the STOP_SENDING frames of a decrypted packet; at most 256 until they are taken. */
void cquic_note_stop_sending(const uint8_t *packet, size_t count);
int cquic_has_stop_notes(void);
/* What was decrypted on this thread since `cquic_begin_packets`: PADDING and ACK alone, PINGs beside them, or more. */
typedef enum cquic_packet_weight {
    CQUIC_PACKET_BARE,
    CQUIC_PACKET_PINGS,
    CQUIC_PACKET_CARRIES,
} cquic_packet_weight;
void cquic_begin_packets(void);
cquic_packet_weight cquic_weigh_packets(void);
int cquic_take_stop_notes(cquic_stop_note *destination, int capacity);

/* ---- packet protection ---- */
/* Sets every callback of an `ngtcp2_callbacks` that has to do with keys of packets, except for making them. */
void cquic_protection_fill(void *callbacks);
/* Whether AES-128-GCM packets go through libipsec-mb on this machine. */
int cquic_protection_is_fast(void);
/* Has that done for a `gnutls_session_t`, after ngtcp2's own configuration of it and before its
   handshake; without effect where it is not fast. Keys are zeroed when they are freed. */
void cquic_protection_use(void *session);
/* For tests: seals `count` bytes in place (16 bytes more for the tag) and makes a header protection mask of five
   bytes; all keys have 16 bytes, the nonce 12. -1 where it is not fast. */
int cquic_protection_try(const uint8_t *key, const uint8_t *nonce, const uint8_t *associated,
                         size_t associated_count, uint8_t *bytes, size_t count, const uint8_t *header,
                         const uint8_t *sample, uint8_t *mask);
