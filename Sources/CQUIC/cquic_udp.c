#define _GNU_SOURCE
#include "cquic.h"

#include <errno.h>
#include <linux/errqueue.h>
#include <linux/filter.h>
#include <netinet/udp.h>
#include <string.h>
#include <unistd.h>

#ifndef UDP_SEGMENT
#define UDP_SEGMENT 103
#endif
#ifndef UDP_GRO
#define UDP_GRO 104
#endif
#ifndef IPV6_PMTUDISC_PROBE
#define IPV6_PMTUDISC_PROBE 3
#endif

static int set_int(int fd, int level, int name, int value) {
    return setsockopt(fd, level, name, &value, sizeof value) == 0 ? 0 : -errno;
}

int cquic_udp_open(const cquic_address *bind_to, int reuse_port, int receive_buffer, int send_buffer) {
    int family = bind_to->any.sa_family;
    int fd = socket(family, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0) return -errno;
    if (reuse_port) (void)set_int(fd, SOL_SOCKET, SO_REUSEPORT, 1);
    if (receive_buffer > 0) (void)set_int(fd, SOL_SOCKET, SO_RCVBUF, receive_buffer);
    if (send_buffer > 0) (void)set_int(fd, SOL_SOCKET, SO_SNDBUF, send_buffer);
    if (family == AF_INET6) {
        (void)set_int(fd, IPPROTO_IPV6, IPV6_V6ONLY, 0);
        (void)set_int(fd, IPPROTO_IPV6, IPV6_RECVPKTINFO, 1);
        (void)set_int(fd, IPPROTO_IPV6, IPV6_RECVTCLASS, 1);
        (void)set_int(fd, IPPROTO_IPV6, IPV6_MTU_DISCOVER, IPV6_PMTUDISC_PROBE);
    }
    /* A dual-stack socket takes the IPv4 options too; a pure IPv6 system refuses them, which is fine. */
    (void)set_int(fd, IPPROTO_IP, IP_PKTINFO, 1);
    (void)set_int(fd, IPPROTO_IP, IP_RECVTOS, 1);
    (void)set_int(fd, IPPROTO_IP, IP_MTU_DISCOVER, IP_PMTUDISC_PROBE);
    if (bind(fd, &bind_to->any, cquic_address_length(bind_to)) != 0) {
        int error = errno;
        close(fd);
        return -error;
    }
    return fd;
}

int cquic_udp_local_address(int fd, cquic_address *address) {
    socklen_t length = sizeof *address;
    memset(address, 0, sizeof *address);
    return getsockname(fd, &address->any, &length) == 0 ? 0 : -errno;
}

int cquic_udp_enable_gro(int fd) { return set_int(fd, IPPROTO_UDP, UDP_GRO, 1); }

int cquic_udp_probe_gso(int fd) {
    int value = 0;
    socklen_t length = sizeof value;
    return getsockopt(fd, IPPROTO_UDP, UDP_SEGMENT, &value, &length) == 0 ? 0 : -errno;
}

int cquic_udp_steer_by_connection_id(int fd, uint32_t shards) {
    /* The program sees the UDP payload. The ID begins at byte 6 of a long header, at byte 1 of a short one. */
    struct sock_filter code[] = {
        BPF_STMT(BPF_LD | BPF_B | BPF_ABS, 0),
        BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, 0x80, 0, 2),
        BPF_STMT(BPF_LD | BPF_B | BPF_ABS, 6),
        BPF_JUMP(BPF_JMP | BPF_JA, 1, 0, 0),
        BPF_STMT(BPF_LD | BPF_B | BPF_ABS, 1),
        BPF_STMT(BPF_ALU | BPF_MOD | BPF_K, shards),
        BPF_STMT(BPF_RET | BPF_A, 0),
    };
    struct sock_fprog program = {.len = sizeof code / sizeof code[0], .filter = code};
    if (shards == 0) return -EINVAL;
    return setsockopt(fd, SOL_SOCKET, SO_ATTACH_REUSEPORT_CBPF, &program, sizeof program) == 0 ? 0 : -errno;
}

int cquic_udp_enable_error_queue(int fd) {
    (void)set_int(fd, IPPROTO_IPV6, IPV6_RECVERR, 1);
    return set_int(fd, IPPROTO_IP, IP_RECVERR, 1);
}

int cquic_udp_next_error(int fd, cquic_address *destination, int *error) {
    char control[512];
    char byte[64];
    struct iovec part = {.iov_base = byte, .iov_len = sizeof byte};
    struct msghdr message;
    memset(&message, 0, sizeof message);
    memset(destination, 0, sizeof *destination);
    message.msg_name = destination;
    message.msg_namelen = sizeof *destination;
    message.msg_iov = &part;
    message.msg_iovlen = 1;
    message.msg_control = control;
    message.msg_controllen = sizeof control;
    if (recvmsg(fd, &message, MSG_ERRQUEUE | MSG_DONTWAIT) < 0) return errno == EAGAIN ? 0 : -errno;
    *error = 0;
    for (struct cmsghdr *c = CMSG_FIRSTHDR(&message); c; c = CMSG_NXTHDR(&message, c)) {
        int v4 = c->cmsg_level == IPPROTO_IP && c->cmsg_type == IP_RECVERR;
        int v6 = c->cmsg_level == IPPROTO_IPV6 && c->cmsg_type == IPV6_RECVERR;
        if (!v4 && !v6) continue;
        struct sock_extended_err details;
        memcpy(&details, CMSG_DATA(c), sizeof details);
        *error = (int)details.ee_errno;
    }
    return 1;
}

int cquic_udp_source_for(const cquic_address *remote, cquic_address *local) {
    int fd = socket(remote->any.sa_family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (fd < 0) return -errno;
    int result = 0;
    if (connect(fd, &remote->any, cquic_address_length(remote)) != 0) {
        result = -errno;
    } else {
        result = cquic_udp_local_address(fd, local);
    }
    close(fd);
    return result;
}

static void read_control(struct msghdr *header, cquic_received *out) {
    for (struct cmsghdr *c = CMSG_FIRSTHDR(header); c; c = CMSG_NXTHDR(header, c)) {
        if (c->cmsg_level == IPPROTO_IP && c->cmsg_type == IP_TOS) {
            out->ecn = *(uint8_t *)CMSG_DATA(c) & 3;
        } else if (c->cmsg_level == IPPROTO_IPV6 && c->cmsg_type == IPV6_TCLASS) {
            int value;
            memcpy(&value, CMSG_DATA(c), sizeof value);
            out->ecn = (uint8_t)(value & 3);
        } else if (c->cmsg_level == IPPROTO_UDP && c->cmsg_type == UDP_GRO) {
            int value;
            memcpy(&value, CMSG_DATA(c), sizeof value);
            if (value > 0 && (uint32_t)value < out->count) out->segment = (uint32_t)value;
        } else if (c->cmsg_level == IPPROTO_IP && c->cmsg_type == IP_PKTINFO) {
            struct in_pktinfo info;
            memcpy(&info, CMSG_DATA(c), sizeof info);
            if (out->remote.any.sa_family == AF_INET6) {
                /* An IPv4 peer on a dual-stack socket: keep the mapped form throughout. */
                if (out->local.any.sa_family == 0) {
                    out->local.v6.sin6_family = AF_INET6;
                    uint8_t *a = out->local.v6.sin6_addr.s6_addr;
                    memset(a, 0, 16);
                    a[10] = a[11] = 0xff;
                    memcpy(a + 12, &info.ipi_addr, 4);
                }
            } else {
                out->local.v4.sin_family = AF_INET;
                out->local.v4.sin_addr = info.ipi_addr;
            }
        } else if (c->cmsg_level == IPPROTO_IPV6 && c->cmsg_type == IPV6_PKTINFO) {
            struct in6_pktinfo info;
            memcpy(&info, CMSG_DATA(c), sizeof info);
            out->local.v6.sin6_family = AF_INET6;
            out->local.v6.sin6_addr = info.ipi6_addr;
        }
    }
}

int cquic_udp_receive(int fd, cquic_received *messages, int capacity, uint8_t *buffers, size_t buffer_size) {
    struct mmsghdr headers[CQUIC_RECEIVE_BATCH];
    struct iovec parts[CQUIC_RECEIVE_BATCH];
    _Alignas(struct cmsghdr) char control[CQUIC_RECEIVE_BATCH][256];
    if (capacity > CQUIC_RECEIVE_BATCH) capacity = CQUIC_RECEIVE_BATCH;
    memset(headers, 0, sizeof headers[0] * (size_t)capacity);
    for (int i = 0; i < capacity; i++) {
        parts[i].iov_base = buffers + (size_t)i * buffer_size;
        parts[i].iov_len = buffer_size;
        memset(&messages[i].remote, 0, sizeof messages[i].remote);
        headers[i].msg_hdr.msg_name = &messages[i].remote;
        headers[i].msg_hdr.msg_namelen = sizeof messages[i].remote;
        headers[i].msg_hdr.msg_iov = &parts[i];
        headers[i].msg_hdr.msg_iovlen = 1;
        headers[i].msg_hdr.msg_control = control[i];
        headers[i].msg_hdr.msg_controllen = sizeof control[i];
    }
    int received = recvmmsg(fd, headers, (unsigned)capacity, MSG_DONTWAIT, NULL);
    if (received < 0) return -errno;
    for (int i = 0; i < received; i++) {
        cquic_received *out = &messages[i];
        out->bytes = parts[i].iov_base;
        out->count = headers[i].msg_len;
        out->segment = out->count;
        out->ecn = 0;
        out->truncated = (headers[i].msg_hdr.msg_flags & MSG_TRUNC) != 0;
        memset(&out->local, 0, sizeof out->local);
        read_control(&headers[i].msg_hdr, out);
    }
    return received;
}

static int is_mapped(const struct in6_addr *a) {
    static const uint8_t prefix[12] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
    return memcmp(a->s6_addr, prefix, 12) == 0;
}

ssize_t cquic_udp_send(int fd, const uint8_t *bytes, size_t count, size_t segment, const cquic_address *remote,
                       const cquic_address *local, uint8_t ecn) {
    _Alignas(struct cmsghdr) char control[160];
    struct iovec part = {.iov_base = (void *)bytes, .iov_len = count};
    struct msghdr message;
    memset(&message, 0, sizeof message);
    message.msg_name = (void *)remote;
    message.msg_namelen = cquic_address_length(remote);
    message.msg_iov = &part;
    message.msg_iovlen = 1;
    memset(control, 0, sizeof control);
    message.msg_control = control;
    message.msg_controllen = sizeof control;

    size_t used = 0;
    struct cmsghdr *c = CMSG_FIRSTHDR(&message);
    int mapped = remote->any.sa_family == AF_INET6 && is_mapped(&remote->v6.sin6_addr);
    int v4 = remote->any.sa_family == AF_INET || mapped;
    if (ecn != 0) {
        int value = ecn;
        c->cmsg_level = v4 ? IPPROTO_IP : IPPROTO_IPV6;
        c->cmsg_type = v4 ? IP_TOS : IPV6_TCLASS;
        c->cmsg_len = CMSG_LEN(sizeof value);
        memcpy(CMSG_DATA(c), &value, sizeof value);
        used += CMSG_SPACE(sizeof value);
        c = CMSG_NXTHDR(&message, c);
    }
    if (local && local->any.sa_family != 0) {
        if (v4) {
            struct in_pktinfo info;
            memset(&info, 0, sizeof info);
            if (local->any.sa_family == AF_INET6) {
                memcpy(&info.ipi_spec_dst, local->v6.sin6_addr.s6_addr + 12, 4);
            } else {
                info.ipi_spec_dst = local->v4.sin_addr;
            }
            if (info.ipi_spec_dst.s_addr != 0) {
                c->cmsg_level = IPPROTO_IP;
                c->cmsg_type = IP_PKTINFO;
                c->cmsg_len = CMSG_LEN(sizeof info);
                memcpy(CMSG_DATA(c), &info, sizeof info);
                used += CMSG_SPACE(sizeof info);
                c = CMSG_NXTHDR(&message, c);
            }
        } else if (!IN6_IS_ADDR_UNSPECIFIED(&local->v6.sin6_addr)) {
            struct in6_pktinfo info;
            memset(&info, 0, sizeof info);
            info.ipi6_addr = local->v6.sin6_addr;
            c->cmsg_level = IPPROTO_IPV6;
            c->cmsg_type = IPV6_PKTINFO;
            c->cmsg_len = CMSG_LEN(sizeof info);
            memcpy(CMSG_DATA(c), &info, sizeof info);
            used += CMSG_SPACE(sizeof info);
            c = CMSG_NXTHDR(&message, c);
        }
    }
    if (segment > 0 && segment < count) {
        uint16_t value = (uint16_t)segment;
        c->cmsg_level = IPPROTO_UDP;
        c->cmsg_type = UDP_SEGMENT;
        c->cmsg_len = CMSG_LEN(sizeof value);
        memcpy(CMSG_DATA(c), &value, sizeof value);
        used += CMSG_SPACE(sizeof value);
    }
    message.msg_controllen = used;
    if (used == 0) message.msg_control = NULL;
    ssize_t sent;
    do {
        sent = sendmsg(fd, &message, MSG_DONTWAIT | MSG_NOSIGNAL);
    } while (sent < 0 && errno == EINTR);
    return sent >= 0 ? sent : -errno;
}
