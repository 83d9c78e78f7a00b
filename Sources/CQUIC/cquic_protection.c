#define _GNU_SOURCE
#include "cquic.h"

#include <gnutls/gnutls.h>
#include <ngtcp2/ngtcp2.h>
#include <ngtcp2/ngtcp2_crypto.h>
#include <ngtcp2/ngtcp2_crypto_gnutls.h>
#include <stdlib.h>
#include <string.h>

/* Packet protection (RFC 9001 section 5). By default everything goes through ngtcp2's GnuTLS functions. The
   1-RTT keys of AES-128-GCM go to libipsec-mb instead where it was there at build time and the CPU has what makes
   it fast. Its handles carry a mark in their lowest bit, so that each packet finds its way without a table. */

#if defined(CQUIC_HAS_IPSEC_MB)
#ifndef LINUX
#define LINUX /* the header aligns its key structure only with this */
#endif
#include <intel-ipsec-mb.h>
#include <pthread.h>

#define KEY_LENGTH 16
#define TAG_LENGTH 16
#define NONCE_LENGTH 12
#define MARK ((uintptr_t)1)

typedef struct packet_key {
    struct gcm_key_data gcm;
} packet_key;

typedef struct header_key {
    _Alignas(16) uint8_t expanded[11 * 16];
} header_key;

static IMB_MGR *manager; /* only its function pointers are used: they keep no state between calls */
static pthread_once_t chosen = PTHREAD_ONCE_INIT;

static void choose(void) {
    IMB_MGR *made = alloc_mb_mgr(0);
    if (!made) return;
    IMB_ARCH arch = IMB_ARCH_NONE;
    init_mb_mgr_auto(made, &arch);
    if (imb_get_errno(made) == 0 && arch >= IMB_ARCH_AVX2 && (made->features & IMB_FEATURE_AESNI)) {
        manager = made;
    } else {
        free_mb_mgr(made);
    }
}

static IMB_MGR *fast(void) {
    pthread_once(&chosen, choose);
    return manager;
}

static int is_marked(const void *handle) { return ((uintptr_t)handle & MARK) != 0; }
static void *marked(void *memory) { return (void *)((uintptr_t)memory | MARK); }
static void *unmarked(const void *handle) { return (void *)((uintptr_t)handle & ~MARK); }

static void *make_packet_key(const uint8_t *key) {
    packet_key *made = aligned_alloc(64, (sizeof *made + 63) / 64 * 64);
    if (!made) return NULL;
    IMB_AES128_GCM_PRE(manager, key, &made->gcm);
    return marked(made);
}

static void *make_header_key(const uint8_t *key) {
    header_key *made = aligned_alloc(16, sizeof *made);
    if (!made) return NULL;
    _Alignas(16) uint8_t unused[11 * 16];
    IMB_AES_KEYEXP_128(manager, key, made->expanded, unused);
    explicit_bzero(unused, sizeof unused);
    return marked(made);
}

static void free_key(void *handle, size_t size) {
    if (!is_marked(handle)) return;
    explicit_bzero(unmarked(handle), size);
    free(unmarked(handle));
}

/* HKDF-Expand-Label without context (RFC 8446 section 7.1). */
static int expand(uint8_t *to, size_t count, const ngtcp2_crypto_md *md, const uint8_t *secret, size_t secret_count,
                  const char *label) {
    uint8_t info[40];
    size_t label_count = strlen(label);
    info[0] = (uint8_t)(count >> 8);
    info[1] = (uint8_t)count;
    info[2] = (uint8_t)(6 + label_count);
    memcpy(info + 3, "tls13 ", 6);
    memcpy(info + 9, label, label_count);
    info[9 + label_count] = 0;
    return ngtcp2_crypto_hkdf_expand(to, count, md, secret, secret_count, info, 10 + label_count);
}

static int install(ngtcp2_conn *conn, int is_receiving, const uint8_t *secret, size_t secret_count) {
    const ngtcp2_crypto_md *md = &ngtcp2_conn_get_crypto_ctx(conn)->md;
    int is_v2 = ngtcp2_conn_get_negotiated_version(conn) == NGTCP2_PROTO_VER_V2;
    uint8_t key[KEY_LENGTH], header[KEY_LENGTH], nonce[NONCE_LENGTH];
    ngtcp2_crypto_aead_ctx aead = {0};
    ngtcp2_crypto_cipher_ctx cipher = {0};
    int result = -1;
    if (expand(key, sizeof key, md, secret, secret_count, is_v2 ? "quicv2 key" : "quic key") == 0 &&
        expand(nonce, sizeof nonce, md, secret, secret_count, is_v2 ? "quicv2 iv" : "quic iv") == 0 &&
        expand(header, sizeof header, md, secret, secret_count, is_v2 ? "quicv2 hp" : "quic hp") == 0) {
        aead.native_handle = make_packet_key(key);
        cipher.native_handle = make_header_key(header);
        if (aead.native_handle && cipher.native_handle) {
            result = is_receiving ? ngtcp2_conn_install_rx_key(conn, secret, secret_count, &aead, nonce,
                                                               sizeof nonce, &cipher)
                                  : ngtcp2_conn_install_tx_key(conn, secret, secret_count, &aead, nonce,
                                                               sizeof nonce, &cipher);
        }
        if (result != 0) {
            free_key(aead.native_handle, sizeof(packet_key));
            free_key(cipher.native_handle, sizeof(header_key));
        }
    }
    explicit_bzero(key, sizeof key);
    explicit_bzero(header, sizeof header);
    explicit_bzero(nonce, sizeof nonce);
    return result == 0 ? 0 : -1;
}

static ngtcp2_conn *connection_of(gnutls_session_t session) {
    ngtcp2_crypto_conn_ref *reference = gnutls_session_get_ptr(session);
    return reference->get_conn(reference);
}

static int secrets_known(gnutls_session_t session, gnutls_record_encryption_level_t level, const void *receiving,
                         const void *sending, size_t count) {
    ngtcp2_conn *conn = connection_of(session);
    ngtcp2_encryption_level own = ngtcp2_crypto_gnutls_from_gnutls_record_encryption_level(level);
    int is_ours = own == NGTCP2_ENCRYPTION_LEVEL_1RTT && gnutls_cipher_get(session) == GNUTLS_CIPHER_AES_128_GCM &&
                  ngtcp2_conn_get_crypto_ctx(conn)->aead.native_handle != NULL;
    if (receiving) {
        int result = is_ours ? install(conn, 1, receiving, count)
                             : ngtcp2_crypto_derive_and_install_rx_key(conn, NULL, NULL, NULL, own, receiving, count);
        if (result != 0) return -1;
    }
    if (sending) {
        int result = is_ours ? install(conn, 0, sending, count)
                             : ngtcp2_crypto_derive_and_install_tx_key(conn, NULL, NULL, NULL, own, sending, count);
        if (result != 0) return -1;
    }
    return 0;
}

static int encrypt(uint8_t *to, const ngtcp2_crypto_aead *aead, const ngtcp2_crypto_aead_ctx *key,
                   const uint8_t *plain, size_t count, const uint8_t *nonce, size_t nonce_count,
                   const uint8_t *associated, size_t associated_count) {
    if (!is_marked(key->native_handle))
        return ngtcp2_crypto_encrypt_cb(to, aead, key, plain, count, nonce, nonce_count, associated,
                                        associated_count);
    const packet_key *own = unmarked(key->native_handle);
    struct gcm_context_data context;
    IMB_AES128_GCM_ENC(manager, &own->gcm, &context, to, plain, count, nonce, associated, associated_count,
                       to + count, TAG_LENGTH);
    return 0;
}

static int open_packet(uint8_t *to, const ngtcp2_crypto_aead *aead, const ngtcp2_crypto_aead_ctx *key,
                       const uint8_t *cipher, size_t count, const uint8_t *nonce, size_t nonce_count,
                       const uint8_t *associated, size_t associated_count) {
    if (!is_marked(key->native_handle))
        return ngtcp2_crypto_decrypt_cb(to, aead, key, cipher, count, nonce, nonce_count, associated,
                                        associated_count);
    if (count < TAG_LENGTH) return NGTCP2_ERR_DECRYPT;
    const packet_key *own = unmarked(key->native_handle);
    struct gcm_context_data context;
    uint8_t wanted[TAG_LENGTH], tag[TAG_LENGTH], difference = 0;
    memcpy(wanted, cipher + count - TAG_LENGTH, TAG_LENGTH); /* `to` may lie over it */
    IMB_AES128_GCM_DEC(manager, &own->gcm, &context, to, cipher, count - TAG_LENGTH, nonce, associated,
                       associated_count, tag, TAG_LENGTH);
    for (int i = 0; i < TAG_LENGTH; i++) difference |= (uint8_t)(wanted[i] ^ tag[i]);
    return difference == 0 ? 0 : NGTCP2_ERR_DECRYPT;
}

static int header_mask(uint8_t *to, const ngtcp2_crypto_cipher *cipher, const ngtcp2_crypto_cipher_ctx *key,
                       const uint8_t *sample) {
    if (!is_marked(key->native_handle)) return ngtcp2_crypto_hp_mask_cb(to, cipher, key, sample);
    static const uint8_t zeros[5];
    const header_key *own = unmarked(key->native_handle);
    /* One block of CFB over zeros is the cipher's own output. */
    IMB_AES128_CFB_ONE(manager, to, zeros, sample, own->expanded, sizeof zeros);
    return 0;
}

static int update(ngtcp2_conn *conn, uint8_t *rx_secret, uint8_t *tx_secret, ngtcp2_crypto_aead_ctx *rx,
                  uint8_t *rx_iv, ngtcp2_crypto_aead_ctx *tx, uint8_t *tx_iv, const uint8_t *rx_current,
                  const uint8_t *tx_current, size_t count, void *user) {
    (void)user;
    uint8_t rx_key[64], tx_key[64];
    if (ngtcp2_crypto_update_key(conn, rx_secret, tx_secret, rx, rx_key, rx_iv, tx, tx_key, tx_iv, rx_current,
                                 tx_current, count) != 0)
        return NGTCP2_ERR_CALLBACK_FAILURE;
    int result = 0;
    gnutls_session_t session = ngtcp2_conn_get_tls_native_handle(conn);
    if (fast() && gnutls_cipher_get(session) == GNUTLS_CIPHER_AES_128_GCM) {
        void *receiving = make_packet_key(rx_key), *sending = make_packet_key(tx_key);
        ngtcp2_crypto_aead_ctx_free(rx);
        ngtcp2_crypto_aead_ctx_free(tx);
        rx->native_handle = receiving;
        tx->native_handle = sending;
        if (!receiving || !sending) {
            free_key(receiving, sizeof(packet_key));
            free_key(sending, sizeof(packet_key));
            rx->native_handle = tx->native_handle = NULL;
            result = NGTCP2_ERR_CALLBACK_FAILURE;
        }
    }
    explicit_bzero(rx_key, sizeof rx_key);
    explicit_bzero(tx_key, sizeof tx_key);
    return result;
}

static void delete_packet_key(ngtcp2_conn *conn, ngtcp2_crypto_aead_ctx *key, void *user) {
    if (is_marked(key->native_handle)) {
        free_key(key->native_handle, sizeof(packet_key));
        key->native_handle = NULL;
    } else {
        ngtcp2_crypto_delete_crypto_aead_ctx_cb(conn, key, user);
    }
}

static void delete_header_key(ngtcp2_conn *conn, ngtcp2_crypto_cipher_ctx *key, void *user) {
    if (is_marked(key->native_handle)) {
        free_key(key->native_handle, sizeof(header_key));
        key->native_handle = NULL;
    } else {
        ngtcp2_crypto_delete_crypto_cipher_ctx_cb(conn, key, user);
    }
}

int cquic_protection_is_fast(void) { return fast() != NULL; }

void cquic_protection_use(void *session) {
    if (fast()) gnutls_handshake_set_secret_function(session, secrets_known);
}

int cquic_protection_try(const uint8_t *key, const uint8_t *nonce, const uint8_t *associated,
                         size_t associated_count, uint8_t *bytes, size_t count, const uint8_t *header,
                         const uint8_t *sample, uint8_t *mask) {
    if (!fast()) return -1;
    ngtcp2_crypto_aead_ctx packet = {make_packet_key(key)};
    ngtcp2_crypto_cipher_ctx cipher = {make_header_key(header)};
    int result = -1;
    if (packet.native_handle && cipher.native_handle) {
        result = encrypt(bytes, NULL, &packet, bytes, count, nonce, NONCE_LENGTH, associated, associated_count);
        if (result == 0) result = header_mask(mask, NULL, &cipher, sample);
    }
    free_key(packet.native_handle, sizeof(packet_key));
    free_key(cipher.native_handle, sizeof(header_key));
    return result;
}

#else

#define encrypt ngtcp2_crypto_encrypt_cb
#define open_packet ngtcp2_crypto_decrypt_cb
#define header_mask ngtcp2_crypto_hp_mask_cb
#define update ngtcp2_crypto_update_key_cb
#define delete_packet_key ngtcp2_crypto_delete_crypto_aead_ctx_cb
#define delete_header_key ngtcp2_crypto_delete_crypto_cipher_ctx_cb

int cquic_protection_is_fast(void) { return 0; }
void cquic_protection_use(void *session) { (void)session; }
int cquic_protection_try(const uint8_t *key, const uint8_t *nonce, const uint8_t *associated,
                         size_t associated_count, uint8_t *bytes, size_t count, const uint8_t *header,
                         const uint8_t *sample, uint8_t *mask) {
    (void)key, (void)nonce, (void)associated, (void)associated_count, (void)bytes, (void)count, (void)header,
        (void)sample, (void)mask;
    return -1;
}

#endif

/* ngtcp2 has no callback for STOP_SENDING: the frame is noted here on its way in. */
static int decrypt(uint8_t *to, const ngtcp2_crypto_aead *aead, const ngtcp2_crypto_aead_ctx *key,
                   const uint8_t *cipher, size_t count, const uint8_t *nonce, size_t nonce_count,
                   const uint8_t *associated, size_t associated_count) {
    int result = open_packet(to, aead, key, cipher, count, nonce, nonce_count, associated, associated_count);
    if (result == 0 && count > 16) cquic_note_stop_sending(to, count - 16);
    return result;
}

void cquic_protection_fill(void *callbacks) {
    ngtcp2_callbacks *table = callbacks;
    table->encrypt = encrypt;
    table->decrypt = decrypt;
    table->hp_mask = header_mask;
    table->update_key = update;
    table->delete_crypto_aead_ctx = delete_packet_key;
    table->delete_crypto_cipher_ctx = delete_header_key;
}
